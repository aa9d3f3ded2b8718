// Identities on the ADS port that live for seconds: both sides renew theirs while everything runs, and one that is over opens nothing.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { credentials } from '@grpc/grpc-js'
import { expect, it, onTestFinished } from 'vitest'
import { xdsIdentities } from '../../src/control/engine/xds-identities.ts'
import { createEnvoyEngine } from '../../src/engines/envoy/index.ts'
import { EnvoyProcess } from '../../src/engines/envoy/run/envoy-process.ts'
import { openMeshAuthority } from '../../src/pki/mesh-authority.ts'
import {
  chain,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../engine/testing/model.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { cutter } from './testing/cutter.ts'
import { XdsClient } from './testing/xds-client.ts'

const LIFETIME_MS = 8_000

const answer = (port: number): Promise<number> =>
  new Promise((resolve) => {
    request({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', () => resolve(0))
      .end()
  })

/** The serial number of the certificate that a control plane shows to one who comes with this identity. */
function serialAt(
  port: number,
  identity: { certificate: string; key: string; trust: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: identity.trust,
      cert: identity.certificate,
      key: identity.key,
      ALPNProtocols: ['h2'],
      checkServerIdentity: () => undefined,
    })
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
  })
}

it.skipIf(!envoyBinary)(`an Envoy outlives its first certificates ${needsEnvoy}`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-identities-'))
  const mesh = await openMeshAuthority({ folder: directory, lifetimeMs: LIFETIME_MS })
  const identities = xdsIdentities(mesh)
  const first = { server: identities.server(), client: identities.client('p') }
  const engine = await createEnvoyEngine({
    locate: (host, port) => ({ host, port }),
    accessLog: () => undefined,
    report: () => undefined,
    log: () => undefined,
    directory,
    listen: { host: '127.0.0.1', port: 0 },
    identities,
  })
  const relay = await cutter(engine.port)
  const envoy = new EnvoyProcess(proxy('p', [], []), {
    binary: envoyBinary ?? '',
    directory: join(directory, 'p'),
    ads: { host: '127.0.0.1', port: relay.port },
    identity: { ...first.client, server: first.server.uri },
    accessLog: () => undefined,
    log: () => undefined,
    exited: () => undefined,
  })
  let renewals = 0
  const stopRenewing = identities.onRenewed(() => {
    renewals += 1
    envoy.renew({ ...identities.client('p'), server: identities.server().uri })
  })
  onTestFinished(async () => {
    stopRenewing()
    relay.close()
    await envoy.stop(0)
    await engine.close()
    rmSync(directory, { recursive: true, force: true })
  })
  const port = await freePort()
  const apply = (version: number, status: number) => {
    const host = virtualHost(['*'], [route({ kind: 'direct-response', status })])
    const proxies = [proxy('p', [listener(port, [chain(manager(table(host)))])], [])]
    return engine.apply({ version, model: { proxies }, blobs: { get: () => undefined } })
  }
  await apply(1, 201)
  const shown = await serialAt(engine.port, first.client)
  await envoy.start()
  await expect.poll(() => answer(port), { timeout: 30_000 }).toBe(201)

  // Two renewals: what was issued first is over then.
  await expect.poll(() => renewals, { timeout: 60_000 }).toBeGreaterThanOrEqual(2)
  await expect.poll(() => Date.now(), { timeout: 60_000 }).toBeGreaterThan(first.client.notAfter)
  expect(await serialAt(engine.port, identities.client('p'))).not.toBe(shown)
  const late = new XdsClient({
    address: `127.0.0.1:${engine.port}`,
    node: 'p',
    credentials: credentials.createSsl(
      Buffer.from(first.client.trust),
      Buffer.from(first.client.key),
      Buffer.from(first.client.certificate),
      { checkServerIdentity: () => undefined },
    ),
  })
  onTestFinished(() => late.close())
  late.subscribe('clusters')
  expect(await late.ended).toMatch(/UNAVAILABLE/)

  const before = relay.connections()
  relay.cut()
  await apply(2, 202)
  await expect.poll(() => answer(port), { timeout: 60_000 }).toBe(202)
  expect(relay.connections()).toBeGreaterThan(before)
  expect(readFileSync(join(directory, 'p', 'identity.json'), 'utf8')).not.toContain(
    JSON.stringify(first.client.key).slice(1, 200),
  )
})
