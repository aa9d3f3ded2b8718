// A request as a listener takes it in: what a client may not claim is taken away, who it is and where it came from is written down.
import type { ForwardClientCert, HttpManager } from '../ir/listener.ts'
import type { Approach, Flight } from './hop.ts'
import { hostOf } from './select.ts'

export interface Received {
  readonly flight: Flight
  /** Whose request it is, as far as the trusted proxies before tell (Envoy's `x-forwarded-for` rules). */
  readonly clientAddress: string
}

/** The header work before anything is decided, by the manager's profile. */
export function received(manager: HttpManager, approach: Approach): Received {
  const headers = new Map(approach.flight.headers)
  forwardedClientCert(headers, manager.forwardClientCert, approach)
  return manager.profile === 'alb' ? atAlb(headers, approach) : atEnvoy(headers, manager, approach)
}

/** What a client without a certificate says of one is taken away in every mode but the last. */
function forwardedClientCert(
  headers: Map<string, string>,
  { mode, details }: ForwardClientCert,
  { client, opening }: Approach,
): void {
  const peer = opening.transport === 'tls' ? client.chain[0] : undefined
  if (mode === 'always-forward-only') return
  if (!peer || mode === 'sanitize') {
    headers.delete('x-forwarded-client-cert')
    return
  }
  if (mode === 'forward-only') return
  const parts = [
    `Hash=${peer.fingerprint}`,
    ...(details.includes('subject') ? [`Subject="${peer.subject}"`] : []),
    ...(details.includes('uri') ? peer.sans.uri.map((uri) => `URI=${uri}`) : []),
    ...(details.includes('dns') ? peer.sans.dns.map((name) => `DNS=${name}`) : []),
  ]
  const before = mode === 'append-forward' ? headers.get('x-forwarded-client-cert') : undefined
  headers.set('x-forwarded-client-cert', [...(before ? [before] : []), parts.join(';')].join(','))
}

function atAlb(headers: Map<string, string>, { flight, sourceIp, port }: Approach): Received {
  const before = headers.get('x-forwarded-for')
  headers.set('x-forwarded-for', before ? `${before}, ${sourceIp}` : sourceIp)
  headers.set('x-forwarded-proto', flight.scheme)
  headers.set('x-real-ip', sourceIp)
  headers.set('x-forwarded-host', hostOf(flight.authority))
  headers.set('x-forwarded-port', String(port))
  return { flight: { ...flight, headers }, clientAddress: sourceIp }
}

function atEnvoy(
  headers: Map<string, string>,
  { clientAddress: { useRemoteAddress, trustedHops } }: HttpManager,
  { flight, sourceIp }: Approach,
): Received {
  const before = headers.get('x-forwarded-for')
  const hops = before?.split(',').map((part) => part.trim()) ?? []
  const behind = useRemoteAddress ? trustedHops : trustedHops + 1
  if (useRemoteAddress) {
    for (const name of [...headers.keys()]) if (name.startsWith('x-envoy-')) headers.delete(name)
    headers.set('x-forwarded-for', before ? `${before},${sourceIp}` : sourceIp)
  }
  const replaced = useRemoteAddress && trustedHops === 0
  if (replaced || !headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', flight.scheme)
  const said = headers.get('x-forwarded-proto')
  const scheme = said === 'http' || said === 'https' ? said : flight.scheme
  return {
    flight: { ...flight, scheme, headers },
    clientAddress: (behind > 0 && hops.at(-behind)) || sourceIp,
  }
}
