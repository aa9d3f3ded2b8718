// Where everything is, shared by every peer: four doors, one program behind them, the certificates as files.

/** Ports on 127.0.0.1 and files; a peer opens its four doors on its own ports. */
export interface Topology {
  /** For the peer's configuration and state. */
  readonly folder: string
  /** One hop without TLS. */
  readonly plain: number
  /** One hop behind TLS, HTTP/1.1 and HTTP/2. */
  readonly tls: number
  /** The first of two hops: TLS in front, mutual TLS behind. */
  readonly edge: number
  /** The second: demands a client certificate, speaks plaintext to the program. */
  readonly inner: number
  readonly backend: number
  readonly pem: {
    readonly ca: string
    readonly edgeCertificate: string
    readonly edgeKey: string
    readonly innerCertificate: string
    readonly innerKey: string
  }
}

/** The names that clients ask for, and the one that the inner hop is verified by. */
export const NAMES = { one: 'one.test', two: 'two.test', inner: 'inner.test' }
