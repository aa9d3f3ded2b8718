// The virtual hosts of a gateway's route table: the more specific of server host and VirtualService host, with the routes of all VirtualServices bound there.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import type { VirtualHost } from '../../ir/route.ts'
import { VIRTUAL_SERVICE } from '../../resources/kinds.ts'
import type { VirtualService } from '../../resources/virtual-service.ts'
import { readKeys, readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { proxyWorkload } from '../workload/proxies.ts'
import { hostWithin, intersectHosts, isVisible } from './hosts.ts'
import { gatewayPlan } from './plan.ts'
import { mergeRoutes, type Viewpoint, virtualServiceRoutes } from './routes.ts'
import type { Server } from './servers.ts'
import { type Binding, bindingsOf } from './virtual-services.ts'

/** Which servers share a route table: all of a listener (plain HTTP) or one (TLS). */
export interface TableKey {
  readonly proxy: string
  readonly listener: string
  /** Position among the listener's servers; absent: all of them. */
  readonly server?: number
}

function serversOf(read: Read, key: TableKey): readonly Server[] {
  const listener = read(gatewayPlan, key.proxy).listeners.find((one) => one.name === key.listener)
  const servers = listener?.servers ?? []
  return key.server === undefined ? servers : servers.slice(key.server, key.server + 1)
}

/** The label names that any VirtualService asks about: the only ones that can make two workloads see different routes. */
const sourceLabelNames = query<readonly string[]>('source-label-names', (read) => {
  const names = readKeys(read, VIRTUAL_SERVICE).flatMap((key) => read(sourceLabelsOf, key))
  return [...new Set(names)].sort()
})

const sourceLabelsOf = query<readonly string[]>(
  'source-labels-of',
  (read, key) => {
    const spec = readObject<VirtualService>(read, VIRTUAL_SERVICE, key)?.object.spec
    const matches = [...(spec?.http ?? []), ...(spec?.tls ?? []), ...(spec?.tcp ?? [])].flatMap(
      (one) => one.match ?? [],
    )
    return [...new Set(matches.flatMap((match) => Object.keys(match.sourceLabels ?? {})))].sort()
  },
  () => [],
)

/** The labels of a workload that can matter to routes. */
export function routingLabels(
  read: Read,
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names = read(sourceLabelNames, '')
  return Object.fromEntries(
    names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  )
}

interface HostEntry {
  /** Of the virtual host. */
  readonly key: string
  /** Keys of virtualServiceRoutes, in Istio's order. */
  readonly views: readonly string[]
  readonly redirect: boolean
  readonly origin: Origin
}

function meet(server: Server, binding: Binding, client: string): readonly string[] {
  if (!isVisible(binding.exportTo, binding.namespace, client)) return []
  return server.hosts
    .filter((host) => host.namespace === '*' || host.namespace === binding.namespace)
    .flatMap((host) => binding.hosts.flatMap((name) => intersectHosts(name, host.name) ?? []))
}

/** Host to what makes up its virtual host, keyed by a JSON `TableKey`. */
const hostIndex = query<ReadonlyMap<string, HostEntry>>('gateway-host-index', (read, text) => {
  const key = JSON.parse(text) as TableKey
  const workload = read(proxyWorkload, key.proxy)?.workload
  const index = new Map<
    string,
    { views: Map<string, string[]>; redirect: boolean; origin: Origin; port: number }
  >()
  const entryFor = (host: string, server: Server) => {
    const known = index.get(host)
    if (known !== undefined) return known
    const made = {
      views: new Map<string, string[]>(),
      redirect: false,
      origin: server.origin,
      port: server.port,
    }
    index.set(host, made)
    return made
  }
  const servers = serversOf(read, key)
  for (const server of servers) {
    for (const binding of read(bindingsOf, server.gateway)) {
      for (const host of new Set(meet(server, binding, workload?.namespace ?? ''))) {
        const { views } = entryFor(host, server)
        const gateways = views.get(binding.key)
        if (gateways === undefined) views.set(binding.key, [server.gateway])
        else if (!gateways.includes(server.gateway)) gateways.push(server.gateway)
      }
    }
    if (server.tls?.httpsRedirect === true) for (const host of server.hosts) entryFor(host.name, server)
  }
  for (const [host, entry] of index) {
    entry.redirect = servers.some(
      (server) =>
        server.tls?.httpsRedirect === true && server.hosts.some((one) => hostWithin(host, one.name)),
    )
  }
  const labels = routingLabels(read, workload?.labels ?? {})
  const view = (virtualService: string, gateways: readonly string[], port: number): string =>
    JSON.stringify({
      virtualService,
      namespace: workload?.namespace ?? '',
      port,
      gateways,
      labels,
    } satisfies Viewpoint)
  return new Map(
    [...index]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([host, { views, redirect, origin, port }]) => [
        host,
        {
          key: JSON.stringify([text, host]),
          redirect,
          origin,
          views: [...views].map(([service, gateways]) => view(service, gateways, port)),
        },
      ]),
  )
})

const entryOf = query<HostEntry | undefined>('gateway-host-entry', (read, text) => {
  const [table = '', host = ''] = JSON.parse(text) as readonly string[]
  return read(hostIndex, table).get(host)
})

/** One virtual host, keyed by JSON `[table key, host]`. */
const virtualHost = query<VirtualHost | undefined>('gateway-virtual-host', (read, text) => {
  const entry = read(entryOf, text)
  if (entry === undefined) return undefined
  const [, host = ''] = JSON.parse(text) as readonly string[]
  return {
    name: host,
    domains: [host],
    routes: mergeRoutes(entry.views.map((view) => read(virtualServiceRoutes, view).routes)),
    ...(entry.redirect ? { requireTls: { status: 301 as const } } : {}),
    origin: entry.origin,
  }
})

const tableHosts = query<readonly VirtualHost[]>('gateway-virtual-hosts', (read, table) =>
  [...read(hostIndex, table).values()].flatMap((entry) => read(virtualHost, entry.key) ?? []),
)

const viewFindings = query<readonly Diagnostic[]>(
  'virtual-service-route-findings',
  (read, view) => read(virtualServiceRoutes, view).diagnostics,
)

const findingsOfTable = query<readonly Diagnostic[]>('gateway-table-findings', (read, table) => {
  const views = [...read(hostIndex, table).values()].flatMap((entry) => entry.views)
  return [...new Set(views)].flatMap((view) => read(viewFindings, view))
})

/** The virtual hosts of a table, sorted by host. */
export function virtualHosts(read: Read, key: TableKey): readonly VirtualHost[] {
  return read(tableHosts, JSON.stringify(key))
}

/** What is wrong with the routes of a table. */
export function tableFindings(read: Read, key: TableKey): readonly Diagnostic[] {
  return read(findingsOfTable, JSON.stringify(key))
}
