import { describe, expect, it } from 'vitest'
import {
  chain,
  cluster,
  endpoint,
  forward,
  listener,
  manager,
  proxy,
  route,
  virtualHost,
} from '../../../../test/engine/testing/model.ts'
import type { FilterChain } from '../../../ir/listener.ts'
import type { VirtualHost } from '../../../ir/route.ts'
import { ResourceEncoder } from '../run/snapshot.ts'
import { createLowerer, type EnvoyResources } from './lower.ts'

const locate = (host: string, port: number) => ({ host, port })
const host = (name: string, status = 200) =>
  virtualHost([name], [route({ kind: 'direct-response', status }), route(forward('app'), { name: 'app' })])

/** Two ports that serve the same hosts, as an ALB's HTTP and HTTPS do; `parts` outlive a change of routes. */
const matches: readonly FilterChain['match'][] = [{ transport: 'plaintext' }, { transport: 'tls' }]
const tls = { certificates: [], alpn: [], clientCertificate: { mode: 'none' } } as const
const listenersOf = (hosts: readonly VirtualHost[]) =>
  [80, 443].map((port, index) => {
    const handler = manager({ name: `table-${port}`, virtualHosts: hosts, origin: {} })
    const match = matches[index] ?? {}
    return listener(port, [chain(handler, index === 1 ? { match, tls } : { match })])
  })
const clusters = [cluster('app', [endpoint(1)])]

const changed = (
  before: EnvoyResources,
  after: EnvoyResources,
  type: 'listeners' | 'clusters' | 'endpoints',
): readonly string[] =>
  [...after[type]].flatMap(([name, message]) => (before[type].get(name) === message ? [] : [name]))
const changedHosts = (before: EnvoyResources, after: EnvoyResources): readonly string[] =>
  [...after.routes].flatMap(([table, { hosts }]) =>
    [...hosts].flatMap(([name, message]) =>
      before.routes.get(table)?.hosts.get(name) === message ? [] : [`${table}/${name}`],
    ),
  )

describe('lowering again', () => {
  const hosts = ['a', 'b', 'c'].map((name) => host(name))
  const edited = [hosts[0], host('b', 201), hosts[2]].filter((one) => one !== undefined)

  it('changes one host per table for one changed route, and no listener', () => {
    const lowerer = createLowerer(locate)
    const before = lowerer.lower(proxy('p', listenersOf(hosts), clusters))
    const after = lowerer.lower(proxy('p', listenersOf(edited), clusters))
    expect(changedHosts(before, after)).toEqual(['table-80/b', 'table-443/b'])
    expect(changed(before, after, 'listeners')).toEqual([])
    expect(after.clusters).toBe(before.clusters)
    expect(after.endpoints).toBe(before.endpoints)
    for (const [name, { shell }] of after.routes) expect(before.routes.get(name)?.shell).toBe(shell)
  })

  it('gives a host that stands in two tables the versions that it had in each', () => {
    const lowerer = createLowerer(locate)
    const encoder = new ResourceEncoder()
    const blobs = { get: () => undefined }
    const snapshot = (all: readonly VirtualHost[]) =>
      encoder.snapshot(lowerer.lower(proxy('p', listenersOf(all), clusters)), blobs)
    const [before, after] = [snapshot(hosts), snapshot(edited)]
    for (const table of ['table-80', 'table-443'])
      for (const [name, { version }] of after.virtualHosts.get(table) ?? [])
        expect([name, before.virtualHosts.get(table)?.get(name)?.version === version]).toEqual([
          name,
          name !== `${table}/b`,
        ])
  })

  it('lowers what proxies share once, to one snapshot', () => {
    const lowerer = createLowerer(locate)
    const encoder = new ResourceEncoder()
    const listeners = listenersOf(hosts)
    const blobs = { get: () => undefined }
    const [one, other] = ['p', 'q'].map((id) =>
      encoder.snapshot(lowerer.lower(proxy(id, listeners, clusters)), blobs),
    )
    expect(one).toBe(other)
  })

  it('changes the endpoints of a cluster and nothing else for a pod that comes or goes', () => {
    const lowerer = createLowerer(locate)
    const listeners = listenersOf(hosts)
    const before = lowerer.lower(proxy('p', listeners, clusters))
    const after = lowerer.lower(proxy('p', listeners, [cluster('app', [endpoint(1), endpoint(2)])]))
    expect(changed(before, after, 'endpoints')).toEqual(['app'])
    expect(after.listeners).toEqual(before.listeners)
    expect(changed(before, after, 'listeners')).toEqual([])
    expect(changedHosts(before, after)).toEqual([])
  })

  it('closes the routes to a cluster that closes, and only those', () => {
    const lowerer = createLowerer(locate)
    const page = { status: 501, body: 'none' }
    const state = (healthy: boolean) => [cluster('app', healthy ? [endpoint(1)] : [], { noEndpoints: page })]
    const all = [...hosts, virtualHost(['d'], [route({ kind: 'direct-response', status: 200 })])]
    const listeners = listenersOf(all)
    const before = lowerer.lower(proxy('p', listeners, state(true)))
    const after = lowerer.lower(proxy('p', listeners, state(false)))
    const again = lowerer.lower(proxy('p', listeners, state(true)))
    const three = ['a', 'b', 'c']
    expect(changedHosts(before, after)).toEqual(
      ['table-80', 'table-443'].flatMap((table) => three.map((name) => `${table}/${name}`)),
    )
    expect(changedHosts(before, again)).toEqual([])
  })

  it('has no table for a chain that refuses: nobody would ask for it', () => {
    const refuse = { reason: 'SP0203', message: 'no' } as const
    const [first] = listenersOf(hosts)
    if (!first) throw new Error('no listener')
    const refused = { ...first, filterChains: first.filterChains.map((one) => ({ ...one, refuse })) }
    expect([
      ...createLowerer(locate)
        .lower(proxy('p', [refused], clusters))
        .routes.keys(),
    ]).toEqual([])
  })
})
