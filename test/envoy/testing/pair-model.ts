// The model around a scenario: a proxy with a plaintext and a TLS door, its certificates, and the clusters of the programs.
import type { Cluster } from '../../../src/ir/cluster.ts'
import type { FilterChain, HttpManager } from '../../../src/ir/listener.ts'
import type { Proxy } from '../../../src/ir/proxy.ts'
import type { DownstreamTls } from '../../../src/ir/tls.ts'
import { TestAuthority, TestBlobs, type TestCertificate } from '../../engine/testing/certificates.ts'
import {
  albManager,
  chain,
  cluster,
  endpoint,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../../engine/testing/model.ts'
import type { Asked } from './draw-request.ts'
import type { Scenario } from './scenario.ts'

/** A host that every model has: it answers with the model's version. */
export const MARKER = 'marker.test'

export interface Ports {
  readonly plain: number
  readonly tls: number
}

const HOUR = 3_600_000

export class PairModel {
  readonly blobs = new TestBlobs()
  /** By the name of the cluster; what is not here has no endpoint. */
  endpoints: Readonly<Record<string, number>> = {}
  /** What the program behind TLS presents. */
  readonly program: TestCertificate
  readonly #authority = new TestAuthority(this.blobs, 'Clients')
  readonly #server: TestCertificate
  readonly #clients: Readonly<Record<NonNullable<Asked['client']>, TestCertificate>>

  constructor() {
    const foreign = new TestAuthority(this.blobs, 'Foreign')
    const uri = (name: string) => [`spiffe://cluster.local/ns/n/sa/${name}`]
    const leaf = (commonName: string, more: object) =>
      this.#authority.leaf({ subject: { commonName }, ...more })
    this.program = leaf('program', { dns: ['program.test'] })
    this.#server = leaf('server', { dns: ['a.test', 'b.test', '*.w.test'] })
    this.#clients = {
      good: leaf('good', { uri: uri('good'), dns: ['good.test'] }),
      other: leaf('other', { dns: ['other.test'] }),
      foreign: foreign.leaf({ subject: { commonName: 'foreign' }, uri: uri('good') }),
      expired: leaf('expired', {
        ...{ uri: uri('good'), now: Date.now() - HOUR, lifetimeMs: 60_000, backdateMs: 60_000 },
      }),
    }
  }

  /** What the client presents. */
  client({ client }: Asked): TestCertificate | undefined {
    return client && this.#clients[client]
  }

  /** The proxy of a scenario, listening on these ports. */
  proxy(scenario: Scenario, ports: Ports, version: string): Proxy {
    const mark = virtualHost([MARKER], [route({ kind: 'direct-response', status: 200, body: version })])
    const make = scenario.manager.profile === 'alb' ? albManager : manager
    // Policies of the manager would stand before the marker.
    const { filters = [], ...settings } = scenario.manager
    // Tables of their own for each version: one that is in force tells that the listener around it is.
    const handler = (name: string, rest: Partial<HttpManager>) =>
      make(
        { ...table(...scenario.hosts, mark), name: `${name}-${version}` },
        { ...settings, accessLog: 'istio-json', ...rest },
      )
    const verify = { trust: this.#authority.trust }
    const tls: DownstreamTls = {
      certificates: [this.#server.ref],
      alpn: scenario.manager.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      clientCertificate: scenario.clients === 'none' ? { mode: 'none' } : { mode: scenario.clients, verify },
    }
    const chains: readonly FilterChain[] = [
      chain(handler('tls', { filters }), {
        name: 'names',
        match: { transport: 'tls', serverNames: scenario.sni },
        tls,
      }),
      chain(make({ ...table(mark), name: `marker-${version}` }), {
        name: 'marker',
        match: { transport: 'tls', serverNames: [MARKER] },
        tls: { ...tls, clientCertificate: { mode: 'none' } },
      }),
    ]
    return proxy(
      'gateway/test/pair',
      [listener(ports.plain, [chain(handler('plain', {}))]), listener(ports.tls, chains)],
      this.#clusters(),
    )
  }

  #clusters(): readonly Cluster[] {
    const to = (name: string, rest: Partial<Cluster> = {}): Cluster => {
      const port = this.endpoints[name]
      return cluster(name, port === undefined ? [] : [endpoint(port)], rest)
    }
    const secured: NonNullable<Cluster['tls']> = {
      context: {
        sni: 'program.test',
        verify: { trust: this.#authority.trust, names: [{ kind: 'dns', value: 'program.test' }] },
        alpn: ['h2'],
      },
      when: 'always',
    }
    return [
      to('app-0'),
      to('app-1'),
      to('dead'),
      to('h2', { protocol: 'http2', tls: secured }),
      to('h2c', { protocol: 'http2' }),
      to('mirror'),
      to('none'),
    ]
  }
}
