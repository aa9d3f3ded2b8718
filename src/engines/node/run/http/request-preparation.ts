// The request as the upstream will see it: mutations, rewrites, hop-by-hop fields. Done once, before the first try.
import type { Forward } from '../../../../ir/route.ts'
import { hostName } from '../../lower/route-table.ts'
import type { RoutePlan } from '../../lower/virtual-host.ts'
import { formatSource } from './format-command.ts'
import { HOP_BY_HOP, Known } from './known-headers.ts'
import type { RequestContext } from './request-context.ts'

/** The path as the route wants it; what it was is kept in a header where `envoyHeaders` says so. */
export function rewritePath(
  context: RequestContext,
  route: RoutePlan | undefined,
  envoyHeaders: boolean,
): void {
  const target = route?.rewrite?.(context.target)
  if (target === undefined) return
  if (envoyHeaders) context.head.headers.set('x-envoy-original-path', context.target)
  context.upstreamTarget = target
}

/** Changes the request's fields and target in place (`envoyHeaders`: what is rewritten is kept in x-envoy headers); returns the host (without port) that upstream TLS names may follow. */
export function prepareRequest(
  context: RequestContext,
  action: Forward,
  route: RoutePlan,
  weighted: number,
  envoyHeaders: boolean,
): string {
  const { headers, acceptsTrailers } = context.head
  headers.removeKnown(HOP_BY_HOP)
  if (acceptsTrailers) headers.add('te', 'trailers')
  const own = route.weighted[weighted]?.request
  if (own !== undefined || route.request !== undefined) {
    const source = formatSource(context)
    own?.(headers, source)
    route.request?.(headers, source)
  }
  const authority = action.rewrite?.authority
  if (authority !== undefined) {
    if (envoyHeaders) headers.set('x-envoy-original-host', context.authority)
    headers.setKnown(Known.host, 'host', authority)
    context.authority = authority
  }
  rewritePath(context, route, envoyHeaders)
  return hostName(context.authority)
}
