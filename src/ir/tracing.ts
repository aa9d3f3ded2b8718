// Distributed tracing of a manager: headers that join the hops of a request, and this hop's spans for a collector. Absent: headers pass untouched.
import type { Route } from './route.ts'

export interface Tracing {
  /** Whose span it is, as Envoy's traffic direction: `inbound` a server's (ALB, a pod's own side), `outbound` a client's (gateway, a pod's calls). */
  readonly side: 'inbound' | 'outbound'
  /** Share of requests that are sampled where nobody before has decided, 0 to 100. */
  readonly samplePercent: number
  /** Attributes beside the fixed ones, sorted by name. */
  readonly tags: readonly TraceTag[]
  /** Longest path in `http.url`; more is cut off (Envoy max_path_tag_length). */
  readonly maxPathLength: number
  readonly collector: Collector
}

export type TraceTag =
  | { readonly name: string; readonly literal: string }
  /** Without a default the attribute is there only when the header is. */
  | { readonly name: string; readonly header: string; readonly default?: string }

/** Where spans go: OTLP over HTTP. */
export interface Collector {
  /** One of the proxy's clusters. */
  readonly cluster: string
  /** The authority that the collector sees. */
  readonly host: string
  /** `/v1/traces`. */
  readonly path: string
  readonly timeoutMs: number
  /** Names are lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** `service.name` of the spans. */
  readonly service: string
}

/** What Envoy and Istio take when nothing is said. */
export const TRACING_DEFAULTS = { samplePercent: 1, maxPathLength: 256, timeoutMs: 10_000 } as const

const remembered = new WeakMap<Route, { readonly operation: string | undefined }>()

/** The name of an outbound span, as Istio decorates routes: `httpbin.ns.svc.cluster.local:8000/status*`. None where a route has no one Service. */
export function operationOf(route: Route): string | undefined {
  let known = remembered.get(route)
  if (known === undefined) {
    known = { operation: describe(route) }
    remembered.set(route, known)
  }
  return known.operation
}

function describe({ action, match: { path } }: Route): string | undefined {
  if (action.kind !== 'forward' || action.clusters.length !== 1) return undefined
  const [direction, port, , host] = (action.clusters[0]?.cluster ?? '').split('|')
  if (direction !== 'outbound' || port === undefined || host === undefined) return undefined
  if (path.kind === 'any') return `${host}:${port}/*`
  return `${host}:${port}${path.value}${path.kind === 'exact' || path.kind === 'regex' ? '' : '*'}`
}
