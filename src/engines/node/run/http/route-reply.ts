// What a route says itself, without an upstream.

import type { HttpManager } from '../../../../ir/listener.ts'
import type { DirectResponse, Fail, Redirect } from '../../../../ir/route.ts'
import type { RoutePlan } from '../../lower/virtual-host.ts'
import { rewritePath } from './forward/request-preparation.ts'
import type { LocalReply } from './local-reply.ts'
import { redirectLocation } from './redirect.ts'
import type { RequestContext } from './request-context.ts'

/** No route takes the request. */
export const ROUTE_NOT_FOUND: LocalReply = { status: 404, flag: 'NR', details: 'route_not_found' }

/** The request came over a connection that was opened for other names (RFC 9110 section 15.5.20). */
export const MISDIRECTED: LocalReply = { status: 421, flag: 'NR', details: 'misdirected_request' }

/** The fixed response of a route. */
export function directReply({ status, body, contentType = 'text/plain' }: DirectResponse): LocalReply {
  const details = 'direct_response'
  return body === undefined ? { status, details } : { status, details, body, contentType }
}

/** The same where no route was found, but something is to be said all the same. */
export function fallbackReply(response: DirectResponse): LocalReply {
  return { ...directReply(response), flag: 'NR', details: 'route_not_found' }
}

/** Of a route that could not be built. */
export function failReply({ status, message, reason }: Fail): LocalReply {
  return { status, body: message, details: reason, reason }
}

/** A redirect. As in Envoy, what follows sees the path that is redirected to. */
export function redirectReply(
  redirect: Redirect,
  route: RoutePlan | undefined,
  context: RequestContext,
  { profile }: HttpManager,
): LocalReply {
  const location = redirectLocation(redirect, route, context, profile)
  rewritePath(context, route, profile === 'istio')
  return { status: redirect.status, details: 'direct_response', headers: [['location', location]] }
}
