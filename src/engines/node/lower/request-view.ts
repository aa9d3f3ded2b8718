// What plans may look at. The run side implements these over its own data.

import type { Claims } from '../../../ir/jwt.ts'

/** A request as routes see it. */
export interface RequestView {
  readonly method: string
  readonly scheme: string
  /** As sent, port included. */
  readonly authority: string
  /** Normalised, without query. */
  readonly path: string
  /** Without `?`; empty when there is none. */
  readonly query: string
  /** By lower-case name; several values are joined by a comma. */
  header(name: string): string | undefined
  /** The values one by one, of a header that has a comma in what `header` says. */
  headerLines(name: string): readonly string[]
  /** Of the token that was verified. */
  readonly claims: Claims | undefined
}

/** A connection as policies see it. Identity is there only when the peer was verified. */
export interface PeerView {
  /** SPIFFE id without `spiffe://`. */
  readonly principal: string | undefined
  readonly sni: string | undefined
  /** The TCP peer. */
  readonly sourceAddress: string
  /** The client by X-Forwarded-For or PROXY protocol. */
  readonly clientAddress: string
  readonly destinationAddress: string
  readonly destinationPort: number
}
