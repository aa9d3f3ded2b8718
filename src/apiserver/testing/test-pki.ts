// Certificates for tests of the API server, from the product's own authority, and kubeconfigs made of them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApiAuthority } from '../../pki/api-authority.ts'
import type { ServerTls } from '../server-options.ts'

export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

export interface TestPki {
  readonly ca: string
  /** For 127.0.0.1. */
  readonly server: ServerTls
  client(name: string, ...groups: readonly string[]): ClientCertificate
}

/** A fresh authority and what it signed; leaves no file behind. */
export async function testPki(): Promise<TestPki> {
  const folder = await mkdtemp(join(tmpdir(), 'test-pki-'))
  const authority = await openApiAuthority({ folder })
  await rm(folder, { recursive: true })
  const ca = authority.root
  const server = authority.issueServer({ dns: ['localhost'], ip: ['127.0.0.1'] })
  return {
    ca,
    server: { cert: server.chain, key: server.key, clientCa: ca },
    client(name, ...groups) {
      const issued = authority.issueClient(name, groups)
      return { cert: issued.chain, key: issued.key }
    },
  }
}

/** A kubeconfig (JSON is YAML) for a server and a client certificate. */
export function kubeconfig(url: string, pki: TestPki, client: ClientCertificate): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': base64(pki.ca) } }],
    users: [
      {
        name: 'test',
        user: {
          'client-certificate-data': base64(client.cert),
          'client-key-data': base64(client.key),
        },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  })
}
