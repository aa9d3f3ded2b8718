// Headers and answers of Envoy in Istio (HttpConnectionManager with use_remote_address at gateways, without it at sidecars).

import type { HttpManager } from '../../../../../ir/listener.ts'
import { applyClientCertRule } from '../headers/client-cert-header.ts'
import { bit, Known } from '../headers/known-headers.ts'
import { uuid } from '../headers/request-id.ts'
import { serverHeader } from '../headers/server-header.ts'
import type { RequestContext } from '../request-context.ts'
import type { Profile } from './profile.ts'

const REASON = bit(Known.sallyportReason)
const STRIPPED = bit(Known.envoy) | REASON

export const istioProfile: Profile = {
  http10: false,
  answersContinue: false,
  passesInterim: true,

  receive(context, manager) {
    const { headers } = context.head
    const { useRemoteAddress, trustedHops } = manager.clientAddress
    const peer = context.connection.remoteAddress
    if (useRemoteAddress) {
      const before = headers.known(Known.forwardedFor)
      const trusted = trustedHops > 0 ? nthFromRight(before, trustedHops) : undefined
      context.clientAddress = trusted ?? peer
      headers.removeKnown(STRIPPED)
      headers.setKnown(
        Known.forwardedFor,
        'x-forwarded-for',
        before === undefined ? peer : `${before},${peer}`,
      )
      if (trustedHops === 0 || !headers.has(Known.forwardedProto)) {
        headers.setKnown(Known.forwardedProto, 'x-forwarded-proto', context.scheme)
      }
      headers.addKnown(Known.envoy, 'x-envoy-external-address', context.clientAddress)
      setRequestId(context, undefined)
    } else {
      headers.removeKnown(REASON)
      const before = headers.known(Known.forwardedFor)
      context.clientAddress = nthFromRight(before, trustedHops + 1) ?? peer
      if (!headers.has(Known.forwardedProto)) {
        headers.addKnown(Known.forwardedProto, 'x-forwarded-proto', context.scheme)
      }
      setRequestId(context, headers.known(Known.requestId))
    }
    const told = headers.known(Known.forwardedProto)
    // What the request itself says comes first (RFC 9112 section 3.2.2, RFC 9113 section 8.3.1).
    if (context.head.scheme !== undefined) context.scheme = context.head.scheme
    else if (told === 'http' || told === 'https') context.scheme = told
    applyClientCertRule(headers, manager.forwardClientCert, context.connection)
  },

  forward(context, _manager, timeoutMs) {
    const { headers } = context.head
    if (timeoutMs > 0) headers.setKnown(Known.envoy, 'x-envoy-expected-rq-timeout-ms', String(timeoutMs))
    headers.setKnown(Known.envoy, 'x-envoy-attempt-count', String(context.attempts))
  },

  respond(context, headers, manager) {
    serverHeader(headers, manager)
    const took = Math.max(0, Math.round(context.responseAt - context.attemptAt))
    headers.setKnown(Known.envoy, 'x-envoy-upstream-service-time', String(took))
  },

  page(_status, text) {
    return { body: text, contentType: 'text/plain' }
  },

  upstreamStatus(flag) {
    if (flag === 'UT') return 504
    return flag === 'UPE' ? 502 : 503
  },
}

/** Each request has an id: the one it came with, or a new one. At the edge ids of clients are not trusted (Envoy's default). */
function setRequestId(context: RequestContext, given: string | undefined): void {
  context.requestId = given ?? uuid()
  if (given === undefined) {
    context.head.headers.setKnown(Known.requestId, 'x-request-id', context.requestId)
  }
}

function nthFromRight(list: string | undefined, n: number): string | undefined {
  if (list === undefined || n < 1) return undefined
  return list.split(',').at(-n)?.trim() || undefined
}

/** Whether the manager asks for a date: Envoy writes one when the upstream did not. */
export function needsDate(manager: HttpManager): boolean {
  return manager.profile === 'istio'
}
