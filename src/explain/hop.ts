// The values a trace is made of: what goes between two doors, and what is said of each door.
import type { Code } from '../diagnostics/catalogue.ts'
import type { Origin } from '../diagnostics/origin.ts'
import type { CertificateFacts } from '../ir/certificate.ts'
import type { Cluster } from '../ir/cluster.ts'
import type { Proxy } from '../ir/proxy.ts'
import type { PeerVerification } from '../ir/tls.ts'
import type { ResponseFlag } from './flags.ts'
import type { Mismatch } from './match.ts'
import type { PolicyDecision } from './policy.ts'
import type { HeaderChange } from './rewrite.ts'
import type { Opening } from './select.ts'

/** The request as the client would send it. */
export interface TraceRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Path with query. */
  readonly target: string
  /** Names lower case; `host` replaces the authority. */
  readonly headers: ReadonlyMap<string, string>
  /** Leaf first; empty: the client has no certificate. */
  readonly clientChain: readonly CertificateFacts[]
  /** Anchors that the client trusts; `any`: its trust is not judged, only name and dates; `off`: it verifies nothing. */
  readonly trust: TlsClient['trust']
  readonly sni?: string
  /** Offered in the handshake. Default: h2 and http/1.1. */
  readonly alpn?: readonly string[]
  readonly sourceIp: string
  /** Size of the body, for limits. Default: none. */
  readonly bodyBytes?: number
  /** Where the request goes first whatever its host says: the outbound port of the caller's sidecar. */
  readonly via?: { readonly address: string; readonly port: number }
}

/** The connecting side. */
export interface TlsClient {
  /** For messages: `the client`, `alb/…`. */
  readonly name: string
  /** What it presents when asked, leaf first. */
  readonly chain: readonly CertificateFacts[]
  /** Anchors; `any`: not judged; `off`: it verifies nothing. */
  readonly trust: 'any' | 'off' | readonly CertificateFacts[]
  /** The full check of an upstream TLS context, in place of `trust`. */
  readonly verification?: PeerVerification
  /** The name it checks in the certificate. */
  readonly expects?: string
  /** Where its side of the handshake is configured. */
  readonly origin?: Origin
}

export interface TlsStep {
  readonly sni?: string
  readonly presented?: CertificateFacts
  /** How the connecting side judged the certificate. */
  readonly server: string
  readonly client: {
    readonly asked: 'no' | 'required' | 'optional'
    readonly given?: CertificateFacts
    readonly verdict: string
  }
  readonly ok: boolean
}

/** One proxy that the request reached. Parts are absent when the walk ended before them. */
export interface Hop {
  readonly proxy: { readonly id: string; readonly kind: Proxy['kind'] }
  readonly address: string
  readonly port: number
  readonly listener: { readonly name: string; readonly origin: Origin }
  readonly chain?: { readonly name: string; readonly origin: Origin }
  readonly tls?: TlsStep
  readonly authority?: string
  readonly virtualHost?: { readonly name: string; readonly origin: Origin }
  readonly route?: { readonly name: string; readonly origin: Origin }
  /** Routes that were tried before the one taken (or all, when none was), with the first condition that failed. */
  readonly nearMisses: readonly {
    readonly route: string
    readonly origin: Origin
    readonly mismatch: Mismatch
  }[]
  readonly policies: readonly PolicyDecision[]
  readonly target?: { readonly from: string; readonly to: string }
  readonly headers: readonly HeaderChange[]
  readonly upstream?: {
    readonly cluster: string
    readonly origin?: Origin
    readonly endpoint?: string
    readonly tls: 'none' | 'tls' | 'mutual'
    readonly service?: Cluster['service']
    /** Share of the cluster itself, when the route is weighted. */
    readonly percent?: number
    readonly mirrors?: readonly { readonly cluster: string; readonly percent: number }[]
    /** Other clusters of a weighted route, with their share in percent. */
    readonly alternatives: readonly { readonly cluster: string; readonly percent: number }[]
  }
}

export interface Outcome {
  readonly kind: 'upstream' | 'proxy' | 'handshake' | 'unreachable'
  /** Whether the request reaches an application (or a redirect or direct response that the user configured). */
  readonly ok: boolean
  /** Index into hops of the door that decided; -1 before the first. */
  readonly hop: number
  readonly status?: number
  readonly flag?: ResponseFlag
  readonly location?: string
  readonly reason?: Code
  readonly summary: string
  readonly advice?: string
  readonly origin?: Origin
  /** The application's endpoint, when it was reached. */
  readonly endpoint?: string
  /** The request as the application gets it, when it does. */
  readonly delivered?: Flight
}

export interface Trace {
  readonly request: TraceRequest
  readonly hops: readonly Hop[]
  readonly outcome: Outcome
}

/** A message on its way between two doors. */
export interface Flight {
  readonly method: string
  readonly scheme: string
  readonly authority: string
  readonly target: string
  readonly headers: ReadonlyMap<string, string>
  readonly bodyBytes?: number
}

/** A connection on its way to an address. */
export interface Approach {
  readonly address: string
  readonly port: number
  readonly opening: Opening
  readonly client: TlsClient
  readonly sourceIp: string
  readonly flight: Flight
}
