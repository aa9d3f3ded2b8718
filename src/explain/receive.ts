// A request as a listener takes it in and as the load balancer lets it out: what a client may not claim is taken away, who it is and where it came from is written down.
import type { CertificateFacts } from '../ir/certificate.ts'
import type { FilterChain, ForwardClientCert, HttpManager } from '../ir/listener.ts'
import type { HeaderLines } from './header-lines.ts'
import type { Approach, Flight } from './hop.ts'
import { hostOf } from './select.ts'

export interface Received {
  readonly flight: Flight
  /** Whose request it is, as far as the trusted proxies before tell (Envoy's `x-forwarded-for` rules). */
  readonly clientAddress: string
}

/** The header work before anything is decided; `peer`: what the client presented here. */
export function received(
  { tls }: FilterChain,
  manager: HttpManager,
  approach: Approach,
  peer: CertificateFacts | undefined,
): Received {
  const { flight, opening, sourceIp } = approach
  const negotiated = tls?.alpn.find((name) => opening.alpn.includes(name))
  const version = negotiated === 'h2' ? 'HTTP/2' : negotiated === 'http/1.1' ? 'HTTP/1.1' : flight.version
  const headers = forwardedClientCert(flight.headers, manager.forwardClientCert, peer)
  const taken = { ...flight, version, headers } as const
  return manager.profile === 'alb'
    ? { flight: taken, clientAddress: sourceIp }
    : atEnvoy(taken, manager, sourceIp)
}

/** What a client without a certificate says of one is taken away in every mode but the last. */
function forwardedClientCert(
  headers: HeaderLines,
  { mode, details }: ForwardClientCert,
  peer: CertificateFacts | undefined,
): HeaderLines {
  if (mode === 'always-forward-only') return headers
  if (!peer || mode === 'sanitize') return headers.without('x-forwarded-client-cert')
  if (mode === 'forward-only') return headers
  const parts = [
    `Hash=${peer.fingerprint}`,
    ...(details.includes('subject') ? [`Subject="${peer.subject}"`] : []),
    ...(details.includes('uri') ? peer.sans.uri.map((uri) => `URI=${uri}`) : []),
    ...(details.includes('dns') ? peer.sans.dns.map((name) => `DNS=${name}`) : []),
  ]
  const before = mode === 'append-forward' ? headers.get('x-forwarded-client-cert') : undefined
  return headers.set('x-forwarded-client-cert', [...(before ? [before] : []), parts.join(';')].join(','))
}

function atEnvoy(
  flight: Flight,
  { clientAddress: { useRemoteAddress, trustedHops } }: HttpManager,
  sourceIp: string,
): Received {
  const before = flight.headers.get('x-forwarded-for')
  const hops = before?.split(',').map((part) => part.trim()) ?? []
  const behind = useRemoteAddress ? trustedHops : trustedHops + 1
  let headers = flight.headers.without('x-sallyport-reason')
  if (useRemoteAddress)
    headers = headers
      .filter((name) => !name.startsWith('x-envoy-'))
      .set('x-forwarded-for', before === undefined ? sourceIp : `${before},${sourceIp}`)
  const replaced = useRemoteAddress && trustedHops === 0
  if (replaced || !headers.has('x-forwarded-proto')) headers = headers.set('x-forwarded-proto', flight.scheme)
  const said = headers.get('x-forwarded-proto')
  // Over HTTP/2 the client says it itself (RFC 9113 section 8.3.1).
  const told = flight.version !== 'HTTP/2' && (said === 'http' || said === 'https')
  return {
    flight: { ...flight, scheme: told ? said : flight.scheme, headers },
    clientAddress: (behind > 0 && hops.at(-behind)) || sourceIp,
  }
}

/** The header work after all rules: nginx writes its own last. */
export function released({ profile }: HttpManager, headers: HeaderLines, approach: Approach): HeaderLines {
  if (profile !== 'alb') return headers
  const { flight, sourceIp, port } = approach
  const before = headers.get('x-forwarded-for')
  return headers
    .without('expect', 'x-sallyport-reason')
    .set('x-forwarded-for', before === undefined ? sourceIp : `${before}, ${sourceIp}`)
    .set('x-forwarded-proto', flight.scheme)
    .set('x-real-ip', sourceIp)
    .set('x-forwarded-host', hostOf(flight.authority))
    .set('x-forwarded-port', String(port))
}
