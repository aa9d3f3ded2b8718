// Traefik with files as its provider.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Peer } from '../peer.ts'
import { SERVER_CORE, start } from '../pinned.ts'
import { NAMES, type Topology } from '../topology.ts'
import { versionOf } from '../version.ts'

const application = (port: number): object => ({
  loadBalancer: { servers: [{ url: `http://127.0.0.1:${port}` }] },
})

const edge = ({ inner, backend, pem }: Topology): object => ({
  http: {
    routers: {
      plain: { entryPoints: ['plain'], rule: 'PathPrefix(`/`)', service: 'app' },
      tls: { entryPoints: ['tls'], rule: 'PathPrefix(`/`)', service: 'app', tls: {} },
      edge: { entryPoints: ['edge'], rule: 'PathPrefix(`/`)', service: 'second', tls: {} },
    },
    services: {
      app: application(backend),
      second: {
        loadBalancer: { servers: [{ url: `https://127.0.0.1:${inner}` }], serversTransport: 'mutual' },
      },
    },
    serversTransports: {
      mutual: {
        serverName: NAMES.inner,
        rootCAs: [pem.ca],
        certificates: [{ certFile: pem.edgeCertificate, keyFile: pem.edgeKey }],
        maxIdleConnsPerHost: 256,
        disableHTTP2: true,
      },
    },
  },
  tls: { certificates: [{ certFile: pem.edgeCertificate, keyFile: pem.edgeKey }] },
})

const inner = ({ backend, pem }: Topology): object => ({
  http: {
    routers: { inner: { entryPoints: ['inner'], rule: 'PathPrefix(`/`)', service: 'app', tls: {} } },
    services: { app: application(backend) },
  },
  tls: {
    certificates: [{ certFile: pem.innerCertificate, keyFile: pem.innerKey }],
    options: {
      default: { clientAuth: { caFiles: [pem.ca], clientAuthType: 'RequireAndVerifyClientCert' } },
    },
  },
})

/** Traefik by the path of its program. */
export const traefik = (program: string): Peer => ({
  name: 'Traefik',
  version: versionOf(program, ['version'], /Version:\s+v?(\S+)/),
  from: 'npm run bench:peers',
  start: async (topology) => {
    const { folder, plain, tls, edge: door, inner: second } = topology
    const run = async (name: string, routes: object, ports: Readonly<Record<string, number>>) => {
      const dynamic = join(folder, `${name}-routes.yaml`)
      const fixed = join(folder, `${name}.yaml`)
      await writeFile(dynamic, stringify(routes))
      await writeFile(
        fixed,
        stringify({
          global: { checkNewVersion: false, sendAnonymousUsage: false },
          log: { level: 'ERROR' },
          entryPoints: Object.fromEntries(
            Object.entries(ports).map(([one, port]) => [one, { address: `127.0.0.1:${port}` }]),
          ),
          providers: { file: { filename: dynamic } },
        }),
      )
      return start(SERVER_CORE, program, [`--configFile=${fixed}`])
    }
    return [
      await run('inner', inner(topology), { inner: second }),
      await run('edge', edge(topology), { plain, tls, edge: door }),
    ]
  },
})
