// What every model must fulfil, whoever made it: names unique, references that can be followed, no condition that cannot be met.

import type { Cluster } from './cluster.ts'
import { FILTER_ORDER, type Filter } from './filter.ts'
import type { FilterChain, Listener } from './listener.ts'
import type { Model, Proxy } from './proxy.ts'
import type { VirtualHost } from './route.ts'

function repeated(values: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const value of values) (seen.has(value) ? twice : seen).add(value)
  return [...twice]
}

const unsorted = (values: readonly string[]): boolean =>
  values.some((value, index) => index > 0 && (values[index - 1] ?? '') > value)

function filterProblems(filters: readonly Filter[], where: string): readonly string[] {
  const ranks = filters.map((filter) => FILTER_ORDER.indexOf(filter.kind))
  const ordered = ranks.every((rank, index) => index === 0 || (ranks[index - 1] ?? -1) < rank)
  return ordered ? [] : [`${where}: filters are out of order or repeated`]
}

function hostProblems(host: VirtualHost, where: string): readonly string[] {
  const at = `${where} host ${host.name}`
  return [
    ...repeated(host.routes.map((route) => route.name)).map((name) => `${at}: two routes are named ${name}`),
    ...host.domains
      .filter((domain) => domain !== domain.toLowerCase())
      .map((domain) => `${at}: domain ${domain} is not lower case`),
    ...host.routes.flatMap((route) => filterProblems(route.filters ?? [], `${at} route ${route.name}`)),
    ...host.routes
      .filter((route) => route.filters?.some(({ kind }) => kind === 'jwt' || kind === 'ext-authz'))
      .map((route) => `${at} route ${route.name}: callers are known before there is a route`),
    ...host.routes.flatMap((route) =>
      route.action.kind === 'forward' && route.action.clusters.length === 0
        ? [`${at} route ${route.name}: no cluster`]
        : [],
    ),
  ]
}

function chainProblems(chain: FilterChain, where: string): readonly string[] {
  const at = `${where} chain ${chain.name}`
  const { handler, tls, refuse } = chain
  const bare = tls !== undefined && tls.certificates.length === 0 && refuse === undefined
  return [
    ...(bare ? [`${at}: TLS without a certificate that is not refused`] : []),
    ...(handler.kind === 'http'
      ? [
          ...repeated(handler.routes.virtualHosts.flatMap((host) => host.domains)).map(
            (domain) => `${at}: two virtual hosts have the domain ${domain}`,
          ),
          ...handler.routes.virtualHosts.flatMap((host) => hostProblems(host, at)),
          ...filterProblems(handler.filters ?? [], at),
        ]
      : []),
  ]
}

/** Chains of one listener that no connection could tell apart. */
function ambiguous(listener: Listener, where: string): readonly string[] {
  const names = listener.filterChains.flatMap(({ match }) =>
    (match.serverNames ?? ['']).flatMap((name) =>
      (match.alpn ?? ['']).map((alpn) => `${name} ${match.transport ?? ''} ${alpn}`),
    ),
  )
  return repeated(names).map((name) => `${where}: two chains match "${name}"`)
}

/** Envoy takes priorities as indexes: a gap is a level without endpoints. */
function clusterProblems({ name, endpoints }: Cluster, where: string): readonly string[] {
  const used = new Set(endpoints.map(({ priority = 0 }) => priority))
  const gaps = [...Array(Math.max(0, ...used)).keys()].filter((priority) => !used.has(priority))
  return gaps.map((gap) => `${where} cluster ${name}: no endpoint has priority ${gap}`)
}

function proxyProblems(proxy: Proxy): readonly string[] {
  const clusters = proxy.clusters.map((cluster) => cluster.name)
  return [
    ...repeated(clusters).map((name) => `${proxy.id}: two clusters are named ${name}`),
    ...proxy.clusters.flatMap((cluster) => clusterProblems(cluster, proxy.id)),
    ...(unsorted(clusters) ? [`${proxy.id}: clusters are not sorted`] : []),
    ...repeated(proxy.listeners.map((listener) => listener.name)).map(
      (name) => `${proxy.id}: two listeners are named ${name}`,
    ),
    ...proxy.listeners.flatMap((listener) => {
      const where = `${proxy.id} ${listener.name}`
      return [
        ...repeated(listener.filterChains.map((chain) => chain.name)).map(
          (name) => `${where}: two chains are named ${name}`,
        ),
        ...ambiguous(listener, where),
        ...listener.filterChains.flatMap((chain) => chainProblems(chain, where)),
      ]
    }),
  ]
}

/** Everything that is wrong with a model; empty for one that an engine may rely on. */
export function validateModel(model: Model): readonly string[] {
  const ids = model.proxies.map((proxy) => proxy.id)
  const binds = model.proxies.flatMap((proxy) =>
    proxy.listeners.flatMap((listener) => listener.binds.map((bind) => `${bind.address}:${bind.port}`)),
  )
  return [
    ...repeated(ids).map((id) => `two proxies have the id ${id}`),
    ...(unsorted(ids) ? ['proxies are not sorted'] : []),
    ...repeated(binds).map((bind) => `two listeners bind ${bind}`),
    ...model.proxies.flatMap(proxyProblems),
  ]
}
