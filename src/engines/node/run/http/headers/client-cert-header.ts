// x-forwarded-client-cert: what a hop tells the next about the client's certificate (Envoy forward_client_cert_details).
import type { ForwardClientCert } from '../../../../../ir/listener.ts'
import type { ClientConnection } from '../../client-connection.ts'
import type { HeaderBlock } from './header-block.ts'
import { bit, Known } from './known-headers.ts'

const NAME = 'x-forwarded-client-cert'

/** Applies the manager's rule to a request that came over `connection`. What a client without a certificate claims is taken away. */
export function applyClientCertRule(
  headers: HeaderBlock,
  rule: ForwardClientCert,
  connection: ClientConnection,
): void {
  if (rule.mode === 'always-forward-only') return
  const element = rule.mode === 'sanitize' ? undefined : connection.clientCertElement(rule)
  if (element === undefined) {
    headers.removeKnown(bit(Known.clientCert))
    return
  }
  if (rule.mode === 'forward-only') return
  const before = rule.mode === 'append-forward' ? headers.known(Known.clientCert) : undefined
  // A subject may hold anything.
  headers.set(NAME, before === undefined ? element : `${before},${element}`)
}
