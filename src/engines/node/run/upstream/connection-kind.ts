// Which connections to an endpoint are of one kind: what they have in common, and what a handshake offers for each.
import type { ClientTls } from './client-tls.ts'

/** What two requests must have in common to share connections to an endpoint; mostly one of four texts. */
export function poolKey(http2: boolean, tls: ClientTls | undefined, host: string): string {
  if (tls === undefined) return http2 ? 'h2' : 'h1'
  const kind = http2 ? 'h2 tls' : 'h1 tls'
  const variant = tls.variant(host)
  return variant === '' ? kind : `${kind} ${variant}`
}

/** What is offered on a connection that speaks HTTP/1.1: never HTTP/2, which the server might choose. */
export function http1Alpn(tls: ClientTls | undefined): readonly string[] {
  return (tls?.settings.alpn ?? []).filter((protocol) => protocol !== 'h2' && protocol !== 'istio-h2')
}

/** What is offered on a connection that speaks HTTP/2. */
export function http2Alpn(tls: ClientTls | undefined): readonly string[] {
  if (tls === undefined) return []
  const offered = tls.settings.alpn.filter((protocol) => !protocol.includes('http/1'))
  return offered.includes('h2') ? offered : [...offered, 'h2']
}
