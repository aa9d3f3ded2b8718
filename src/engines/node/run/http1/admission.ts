// Which parsed requests a listener takes before any route is looked at, and what is told of one that it refuses.
import type { HttpManager } from '../../../../ir/listener.ts'
import { HeaderBlock } from '../http/headers/header-block.ts'
import type { RequestHead } from '../http/messages.ts'
import { profileOf } from '../http/profile/profile-of.ts'
import { type Fault, fault } from './fault.ts'
import { type Http1Request, type ParsedRequest, type RequestLine, readRequestHead } from './request-head.ts'

/** Reads a parsed head as a request that the listener takes, or says why it does not. `encrypted`: it came over TLS. */
export function admit(parsed: ParsedRequest, manager: HttpManager, encrypted: boolean): Http1Request | Fault {
  const request = readRequestHead(parsed)
  if ('details' in request) return request
  const { version, method, scheme } = request.head
  if (version === 'HTTP/1.0' && !profileOf(manager).http10) return fault('http10_refused')
  if (method === 'CONNECT' && manager.forwardProxy !== true) return fault('connect_refused')
  if (scheme === 'https' && !encrypted && isEdge(manager)) return fault('https_url_on_plaintext_connection')
  return request
}

/** Nobody stands before it whose word counts: what must come over TLS has to come over TLS to here (RFC 9110 section 7.4). */
function isEdge({ clientAddress }: HttpManager): boolean {
  return clientAddress.useRemoteAddress && clientAddress.trustedHops === 0
}

/** The head that stands for a refused request, of which no more counts than the log shows. */
export function refusedHead({ method, target }: RequestLine): RequestHead {
  return {
    method: method || '-',
    scheme: undefined,
    authority: '',
    path: target || '-',
    version: 'HTTP/1.1',
    headers: new HeaderBlock(),
    body: 'none',
    length: 0,
    upgrade: undefined,
    expectContinue: false,
    acceptsTrailers: false,
  }
}

/** The status with which the client is told. */
export function refusalStatus({ profile }: HttpManager, status: number): number {
  // nginx answers an oversized header field with 400.
  return profile === 'alb' && status === 431 ? 400 : status
}
