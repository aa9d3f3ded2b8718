// A gateway for suites from outside: the Node engine with TLS (HTTP/2 and HTTP/1.1 by ALPN) and plaintext (HTTP/1.1 and HTTP/2 with prior knowledge).
import { createNodeEngine } from '../../src/engines/node/index.ts'
import { TestAuthority, TestBlobs } from '../engine/testing/certificates.ts'
import {
  chain,
  cluster,
  endpoint,
  forward,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../engine/testing/model.ts'

export interface OutsideGateway {
  readonly tlsPort: number
  readonly plainPort: number
  /** Reached over mutual TLS from a first proxy: two hops in one process. */
  readonly chainPort: number
  readonly ca: string
  readonly close: () => Promise<void>
}

/** Everything goes to the upstream at that port of 127.0.0.1. `hops`: how the two of `chainPort` meet. */
export async function startGateway(
  upstream: number,
  hops: 'wire' | 'memory' = 'wire',
): Promise<OutsideGateway> {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const server = authority.leaf({
    subject: { commonName: 'localhost' },
    dns: ['localhost'],
    ip: ['127.0.0.1'],
  })
  const client = authority.leaf({
    subject: { commonName: 'client' },
    uri: ['spiffe://cluster.local/ns/a/sa/client'],
  })
  const [tlsPort, plainPort, chainPort, innerPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const engine = createNodeEngine({
    locate: (host, port) => ({ host, port }),
    accessLog: () => {},
    report: (diagnostic) => console.error(diagnostic.message),
    hops,
  })
  const to = (name: string) => manager(table(virtualHost(['*'], [route(forward(name))])), { upgrades: ['*'] })
  const alpn = ['h2', 'http/1.1']
  const app = cluster('app', [endpoint(upstream)])
  const inner = cluster('inner', [endpoint(innerPort)], {
    tls: {
      when: 'always',
      context: { sni: 'localhost', verify: { trust: authority.trust }, certificate: client.ref, alpn: [] },
    },
  })
  const tls = { certificates: [server.ref], alpn }
  const { rejected } = await engine.apply({
    version: 1,
    blobs,
    model: {
      proxies: [
        proxy(
          'outer',
          [
            listener(tlsPort, [chain(to('app'), { tls: { ...tls, clientCertificate: { mode: 'none' } } })]),
            listener(plainPort, [chain(to('app'))]),
            listener(chainPort, [chain(to('inner'))]),
          ],
          [app, inner],
        ),
        proxy(
          'inner',
          [
            listener(innerPort, [
              chain(to('app'), {
                tls: { ...tls, clientCertificate: { mode: 'require', verify: { trust: authority.trust } } },
              }),
            ]),
          ],
          [app],
        ),
      ],
    },
  })
  if (rejected.length > 0) throw new Error(rejected.map(({ message }) => message).join('; '))
  return { tlsPort, plainPort, chainPort, ca: authority.authority.certificate, close: () => engine.close() }
}
