// The upstream's response as the client will see it: the counterpart of request-preparation.

import type { HeaderBlock } from '../headers/header-block.ts'
import { bit, HOP_BY_HOP, Known } from '../headers/known-headers.ts'
import type { ResponseHead } from '../messages.ts'
import type { ForwardingHost } from './forwarding-host.ts'

/** Changes the head's fields in place, and notes in the exchange that the response begins. `cookie` is one that the proxy sets. */
export function prepareResponse(
  exchange: ForwardingHost,
  { status, headers }: ResponseHead,
  grpcStatus: string | undefined,
  cookie: string | undefined,
): void {
  const { context } = exchange
  context.status = status
  context.details = 'via_upstream'
  context.grpcStatus = grpcStatus
  exchange.responding = true
  exchange.profile.respond(context, headers, exchange.manager)
  exchange.decorate(headers)
  if (cookie !== undefined) headers.add('set-cookie', cookie)
}

/** Passes 1xx on, where the profile does and nothing else was said yet. */
export function passInterim(exchange: ForwardingHost, status: number, headers: HeaderBlock): void {
  if (!exchange.profile.passesInterim || exchange.responding) return
  // Nor a length: there is no body (RFC 9110 section 8.6).
  headers.removeKnown(HOP_BY_HOP | bit(Known.contentLength))
  exchange.downstream.inform(status, headers)
}
