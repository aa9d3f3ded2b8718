// TLS handshakes with clients at one chain, by what was agreed on and by why they failed.

export interface HandshakeChild {
  readonly version: string
  readonly cipher: string
  readonly resumed: boolean
  count: number
}

/** Why handshakes fail, as few words as a metric may have. */
export type FailureKind =
  | 'refused'
  | 'not_tls'
  | 'no_certificate'
  | 'expired'
  | 'revoked'
  | 'untrusted'
  | 'wrong_name'
  | 'not_pinned'
  | 'timeout'
  | 'closed'
  | 'protocol'

/** First match counts: OpenSSL's codes and texts, Node's, and ours. */
const KINDS: readonly (readonly [RegExp, FailureKind])[] = [
  [/^not a TLS connection/, 'not_tls'],
  [/did not return a certificate/, 'no_certificate'],
  [/expired|not yet valid|NOT_YET_VALID/i, 'expired'],
  [/revoked|CRL/i, 'revoked'],
  [/none of the names/, 'wrong_name'],
  [/pinned/, 'not_pinned'],
  [/deeper than|UNABLE_TO|SELF_SIGNED|CERT_|verif|INVALID_(?:CA|PURPOSE)|unknown.ca/i, 'untrusted'],
  [/time(?:d )?.?out/i, 'timeout'],
  [/connection closed|ECONNRESET|socket hang up/i, 'closed'],
]

/** The kind of a reason that the log has in full. */
export function failureKind(reason: string): FailureKind {
  return KINDS.find(([pattern]) => pattern.test(reason))?.[1] ?? 'protocol'
}

export class HandshakeCounts {
  readonly done = new Map<string, HandshakeChild>()
  readonly failed = new Map<FailureKind, number>()

  succeeded(version: string, cipher: string, resumed: boolean): void {
    const key = `${version} ${cipher} ${resumed}`
    const child = this.done.get(key)
    if (child === undefined) this.done.set(key, { version, cipher, resumed, count: 1 })
    else child.count++
  }

  failedFor(kind: FailureKind): void {
    this.failed.set(kind, (this.failed.get(kind) ?? 0) + 1)
  }
}
