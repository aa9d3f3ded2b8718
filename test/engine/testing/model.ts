// Small models, built by hand: each function gives a part with everything that a test does not care about filled in.
import { createServer } from 'node:net'
import type { Cluster, Endpoint } from '../../../src/ir/cluster.ts'
import type { FilterChain, HttpManager, Listener } from '../../../src/ir/listener.ts'
import { albProfile, istioProfile } from '../../../src/ir/profiles.ts'
import type { Proxy } from '../../../src/ir/proxy.ts'
import type { Route, RouteTable, VirtualHost } from '../../../src/ir/route.ts'

export function route(action: Route['action'], rest: Partial<Route> = {}): Route {
  return { name: 'route', match: { path: { kind: 'any' } }, action, origin: {}, ...rest }
}

export function forward(
  cluster: string,
  rest: Partial<Extract<Route['action'], { kind: 'forward' }>> = {},
): Route['action'] {
  return { kind: 'forward', clusters: [{ cluster, weight: 1, origin: {} }], ...rest }
}

export function virtualHost(
  domains: readonly string[],
  routes: readonly Route[],
  rest: Partial<VirtualHost> = {},
): VirtualHost {
  return { name: domains[0] ?? 'host', domains, routes, origin: {}, ...rest }
}

export function table(...virtualHosts: readonly VirtualHost[]): RouteTable {
  return { name: 'table', virtualHosts, origin: {} }
}

export function manager(routes: RouteTable, rest: Partial<HttpManager> = {}): HttpManager {
  return {
    ...istioProfile,
    accessLog: 'off',
    statPrefix: 'test',
    server: { mode: 'overwrite', value: 'istio-envoy' },
    forwardClientCert: { mode: 'sanitize', details: [] },
    clientAddress: { useRemoteAddress: true, trustedHops: 0 },
    routes,
    ...rest,
  }
}

export function albManager(routes: RouteTable, rest: Partial<HttpManager> = {}): HttpManager {
  return manager(routes, { ...albProfile, accessLog: 'off', server: { mode: 'remove' }, ...rest })
}

export function chain(handler: FilterChain['handler'], rest: Partial<FilterChain> = {}): FilterChain {
  return { name: 'chain', match: {}, handler, origin: {}, ...rest }
}

export function listener(
  port: number,
  filterChains: readonly FilterChain[],
  rest: Partial<Listener> = {},
): Listener {
  return {
    name: `127.0.0.1_${port}`,
    binds: [{ address: '127.0.0.1', port }],
    filterChains,
    origin: {},
    ...rest,
  }
}

export function endpoint(port: number, rest: Partial<Endpoint> = {}): Endpoint {
  return { address: '127.0.0.1', port, healthy: true, ...rest }
}

export function cluster(name: string, endpoints: readonly Endpoint[], rest: Partial<Cluster> = {}): Cluster {
  return {
    name,
    endpoints,
    protocol: 'http1',
    balancing: { kind: 'round-robin' },
    connectTimeoutMs: 5_000,
    origin: {},
    ...rest,
  }
}

export function proxy(
  id: string,
  listeners: readonly Listener[],
  clusters: readonly Cluster[],
  rest: Partial<Proxy> = {},
): Proxy {
  return {
    id,
    kind: 'gateway',
    workload: { namespace: 'test', name: id, serviceAccount: 'default', labels: {} },
    addresses: ['127.0.0.1'],
    listeners,
    clusters,
    origin: {},
    ...rest,
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
