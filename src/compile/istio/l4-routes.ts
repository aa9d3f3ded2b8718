// TCP and SNI routes of VirtualServices for a gateway server: bytes to a cluster, chosen by server name or not at all.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import type { TcpProxy } from '../../ir/listener.ts'
import { VIRTUAL_SERVICE } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { L4Match, RouteDestination, VirtualService } from '../../resources/virtual-service.ts'
import { readObject, readPlatform } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { errorText } from '../text.ts'
import { destinationFinding, resolveDestination } from './destination.ts'
import { hostWithin, isVisible, resolveHost } from './hosts.ts'
import type { Server } from './servers.ts'
import { bindingsOf } from './virtual-services.ts'

export interface L4Route {
  /** Absent: every connection of the server. */
  readonly serverNames?: readonly string[]
  readonly clusters: TcpProxy['clusters']
  readonly origin: Origin
}

export interface L4Routes {
  readonly routes: readonly L4Route[]
  readonly diagnostics: readonly Diagnostic[]
}

const onGateway = (match: L4Match, server: Server, owner: string): boolean =>
  (match.port === undefined || match.port === 0 || match.port === server.port) &&
  (match.gateways === undefined ||
    match.gateways.some((one) => (one.includes('/') ? one : `${owner}/${one}`) === server.gateway))

function compile(read: Read, resource: Resource<VirtualService>, server: Server, client: string): L4Routes {
  const owner = resource.object.metadata.namespace ?? ''
  const { clusterDomain } = readPlatform(read)
  const diagnostics: Diagnostic[] = []
  const clustersOf = (route: readonly RouteDestination[], field: string): TcpProxy['clusters'] =>
    route.map((one, index) => {
      const { cluster, problem } = resolveDestination(read, one.destination, owner, client, server.port)
      if (problem !== undefined)
        diagnostics.push(destinationFinding(problem, resource, `${field}.route[${index}].destination`))
      return { cluster, weight: route.length === 1 ? 1 : (one.weight ?? 0) }
    })
  const routes: L4Route[] = []
  if (server.kind === 'passthrough') {
    for (const [index, tls] of (resource.object.spec?.tls ?? []).entries()) {
      const field = `spec.tls[${index}]`
      for (const [block, match] of (tls.match ?? []).entries()) {
        if (!onGateway(match, server, owner)) continue
        const names = (match.sniHosts ?? [])
          .map((host) => resolveHost(host, owner, clusterDomain))
          .filter((host) => server.hosts.some((one) => hostWithin(host, one.name)))
        if (names.length === 0) continue
        const origin = resource.origin(`${field}.match[${block}]`)
        routes.push({
          ...(names.includes('*') ? {} : { serverNames: names }),
          clusters: clustersOf(tls.route ?? [], field),
          origin,
        })
      }
    }
    return { routes, diagnostics }
  }
  for (const [index, tcp] of (resource.object.spec?.tcp ?? []).entries()) {
    const field = `spec.tcp[${index}]`
    const matches = tcp.match ?? []
    if (matches.length > 0 && !matches.some((match) => onGateway(match, server, owner))) continue
    routes.push({ clusters: clustersOf(tcp.route ?? [], field), origin: resource.origin(field) })
    break
  }
  return { routes, diagnostics }
}

/** Keyed by JSON `[VirtualService key, server, client namespace]`. */
const l4RoutesOf = query<L4Routes>(
  'l4-routes-of',
  (read, text) => {
    const [key, server, client] = JSON.parse(text) as [string, Server, string]
    const resource = readObject<VirtualService>(read, VIRTUAL_SERVICE, key)
    return resource === undefined ? { routes: [], diagnostics: [] } : compile(read, resource, server, client)
  },
  (error, read, text) => {
    const [key] = JSON.parse(text) as [string]
    const origin = readObject(read, VIRTUAL_SERVICE, key)?.origin('') ?? {}
    const message = `VirtualService ${key}: ${errorText(error)}`
    return { routes: [], diagnostics: [diagnostic('SP0105', origin, message)] }
  },
)

/** The byte routes of a server: for TCP those of the first VirtualService that has any, for SNI those of all. */
export function l4Routes(read: Read, server: Server, client: string): L4Routes {
  const bound = read(bindingsOf, server.gateway).filter(
    (one) =>
      isVisible(one.exportTo, one.namespace, client) &&
      one.hosts.some((host) =>
        server.hosts.some((other) => hostWithin(host, other.name) || hostWithin(other.name, host)),
      ),
  )
  const parts = bound.map((one) => read(l4RoutesOf, JSON.stringify([one.key, server, client])))
  const diagnostics = parts.flatMap((part) => part.diagnostics)
  if (server.kind === 'passthrough') return { routes: parts.flatMap((part) => part.routes), diagnostics }
  return { routes: parts.find((part) => part.routes.length > 0)?.routes ?? [], diagnostics }
}
