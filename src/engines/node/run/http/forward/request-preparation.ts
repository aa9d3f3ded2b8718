// The request as the upstream will see it: mutations, rewrites, hop-by-hop fields. Done once, before the first try.
import type { Forward } from '../../../../../ir/route.ts'
import { hostName } from '../../../lower/route-table.ts'
import type { RoutePlan } from '../../../lower/virtual-host.ts'
import type { UpstreamRequest } from '../../upstream/upstream-request.ts'
import { formatSource } from '../headers/format-command.ts'
import { HOP_BY_HOP } from '../headers/known-headers.ts'
import type { RequestContext } from '../request-context.ts'
import type { ForwardingHost } from './forwarding-host.ts'

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

/** Changes the request's fields and target in place (in Istio's profile what is rewritten is kept in x-envoy headers); returns the host (without port) that upstream TLS names may follow. */
export function prepareRequest(
  { context, downstream, manager, profile, weighted }: ForwardingHost,
  action: Forward,
  route: RoutePlan,
): string {
  const envoyHeaders = manager.profile === 'istio'
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
    headers.set('host', authority)
    context.authority = authority
  }
  rewritePath(context, route, envoyHeaders)
  if (context.head.expectContinue && profile.answersContinue) downstream.inform(100, undefined)
  return hostName(context.authority)
}

/** The request as it leaves for the upstream. `readTimeoutMs`: longest silence of that; 0: none. */
export function upstreamRequest(context: RequestContext, readTimeoutMs: number): UpstreamRequest {
  const { head } = context
  return {
    method: context.method,
    scheme: context.scheme,
    authority: context.authority,
    target: context.upstreamTarget,
    headers: head.headers,
    body: head.body,
    upgrade: head.upgrade,
    readTimeoutMs,
  }
}
