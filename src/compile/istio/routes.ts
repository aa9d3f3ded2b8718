// The HTTP routes of one VirtualService as one proxy sees them at one port.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Route } from '../../ir/route.ts'
import { VIRTUAL_SERVICE } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { HttpMatch, HttpRoute, VirtualService } from '../../resources/virtual-service.ts'
import { readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { policyFor } from '../mesh/destination-rules.ts'
import { forPort, hashSources, overlay } from '../mesh/policy.ts'
import { errorText } from '../text.ts'
import { selects } from '../workload/pod-facts.ts'
import { type ActionContext, routeAction } from './action.ts'
import { expandDelegates } from './delegate.ts'
import { destinationFinding, type ResolvedDestination, resolveDestination } from './destination.ts'
import { routeFilters } from './filters.ts'
import { headerMutations } from './headers.ts'
import { isCatchAll, routeMatch } from './match.ts'

/** Whose routes these are: what build-time conditions of a match compare with. */
export interface Viewpoint {
  readonly virtualService: string
  readonly namespace: string
  readonly port: number
  /** `namespace/name` of the gateways it came through, or `mesh`. */
  readonly gateways: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

export interface VirtualServiceRoutes {
  readonly routes: readonly Route[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Whether a match block is meant for this proxy at all. With `gateways` in the match the source conditions are ignored. */
function concerns(match: HttpMatch, view: Viewpoint, owner: string): boolean {
  if (match.port !== undefined && match.port !== 0 && match.port !== view.port) return false
  if (match.gateways !== undefined && match.gateways.length > 0) {
    return match.gateways.some((one) =>
      view.gateways.includes(
        one === 'mesh' || one.includes('/') ? one.replace(/^\.\//, `${owner}/`) : `${owner}/${one}`,
      ),
    )
  }
  if (
    match.sourceNamespace !== undefined &&
    match.sourceNamespace !== '' &&
    match.sourceNamespace !== view.namespace
  )
    return false
  return selects(match.sourceLabels ?? {}, view.labels)
}

function contextOf(
  read: Read,
  resource: Resource<VirtualService>,
  view: Viewpoint,
  diagnostics: Diagnostic[],
): ActionContext {
  const owner = resource.object.metadata.namespace ?? ''
  const report: ActionContext['report'] = (code, field, message) => {
    diagnostics.push(diagnostic(code, resource.origin(field), message))
  }
  // Most routes of a VirtualService lead to few destinations.
  const resolved = new Map<string, ResolvedDestination>()
  return {
    origin: resource.origin,
    report,
    clusterOf: (destination, field) => {
      const key = `${destination?.host} ${destination?.port?.number} ${destination?.subset}`
      const found =
        resolved.get(key) ?? resolveDestination(read, destination, owner, view.namespace, view.port)
      resolved.set(key, found)
      const { cluster, problem } = found
      if (problem !== undefined) diagnostics.push(destinationFinding(problem, resource, field))
      return cluster
    },
    hashOf: remembered((cluster) => {
      const [, port, subset = '', host = ''] = cluster.split('|')
      const known = policyFor(read, view.namespace, host)
      const own = known.subsets.get(subset)?.subset.trafficPolicy
      return hashSources(
        overlay(forPort(known.policy, Number(port)), forPort(own, Number(port))).loadBalancer,
      )
    }),
  }
}

/** A function of a name that is asked for the same few over and over. */
function remembered<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, { readonly value: T }>()
  return (name) => {
    const known = made.get(name) ?? { value: make(name) }
    made.set(name, known)
    return known.value
  }
}

function namesOf(
  route: HttpRoute,
  match: HttpMatch | undefined,
  view: Viewpoint,
  index: number,
  block: number,
): string {
  const base = route.name || `${view.virtualService} http[${index}]`
  if (match?.name) return `${base}.${match.name}`
  return (route.match?.length ?? 0) > 1 ? `${base} match[${block}]` : base
}

function compile(read: Read, root: Resource<VirtualService>, view: Viewpoint): VirtualServiceRoutes {
  const diagnostics: Diagnostic[] = []
  const routes: Route[] = []
  const owner = root.object.metadata.namespace ?? ''
  let ended = false
  const contexts = new Map<Resource<VirtualService>, ActionContext>()
  for (const { resource, http, field, index, refused } of expandDelegates(read, root, diagnostics)) {
    if (ended) {
      const message = `Route ${index} comes after one that matches everything.`
      diagnostics.push(diagnostic('SP0507', resource.origin(field), message))
      continue
    }
    const context = contexts.get(resource) ?? contextOf(read, resource, view, diagnostics)
    contexts.set(resource, context)
    const blocks: readonly (HttpMatch | undefined)[] = http.match?.length ? http.match : [undefined]
    for (const [block, match] of blocks.entries()) {
      if (ended || (match !== undefined && !concerns(match, view, owner))) continue
      const condition = routeMatch(match)
      const headers = headerMutations(http.headers)
      const filters = routeFilters(http, resource.origin, field)
      routes.push({
        name: namesOf(http, match, view, index, block),
        match: condition,
        action:
          refused === undefined
            ? routeAction(http, condition.path, field, context)
            : { kind: 'fail', status: 500, reason: refused.code, message: refused.message },
        ...(filters.length === 0 ? {} : { filters }),
        ...(headers === undefined ? {} : { headers }),
        origin: resource.origin(
          match === undefined || resource !== root ? field : `${field}.match[${block}]`,
        ),
      })
      ended = isCatchAll(condition)
    }
  }
  return { routes, diagnostics }
}

/** Keyed by a JSON `Viewpoint`: the routes and what is wrong with them. */
export const virtualServiceRoutes = query<VirtualServiceRoutes>(
  'virtual-service-routes',
  (read, key) => {
    const view = JSON.parse(key) as Viewpoint
    const resource = readObject<VirtualService>(read, VIRTUAL_SERVICE, view.virtualService)
    return resource === undefined ? { routes: [], diagnostics: [] } : compile(read, resource, view)
  },
  (error, read, key) => {
    const view = JSON.parse(key) as Viewpoint
    const resource = readObject<VirtualService>(read, VIRTUAL_SERVICE, view.virtualService)
    if (resource === undefined) return { routes: [], diagnostics: [] }
    const message = `VirtualService ${view.virtualService}: ${errorText(error)}`
    const origin = resource.origin('')
    return {
      routes: [
        {
          name: `${view.virtualService} failed`,
          match: { path: { kind: 'any' } },
          action: { kind: 'fail', status: 500, reason: 'SP0105', message },
          origin,
        },
      ],
      diagnostics: [diagnostic('SP0105', origin, message)],
    }
  },
)

/** Routes of several VirtualServices for one host: concatenated, catch-alls moved to the end, names made unique. */
export function mergeRoutes(parts: readonly (readonly Route[])[]): readonly Route[] {
  const all = parts.flat()
  const ordered = [
    ...all.filter((route) => !isCatchAll(route.match)),
    ...all.filter((route) => isCatchAll(route.match)),
  ]
  const seen = new Map<string, number>()
  return ordered.map((route) => {
    const count = (seen.get(route.name) ?? 0) + 1
    seen.set(route.name, count)
    return count === 1 ? route : { ...route, name: `${route.name} #${count}` }
  })
}
