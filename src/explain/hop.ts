// The values a trace is made of: what goes between two doors, and what is said of each door.
import type { Code } from '../diagnostics/catalogue.ts'
import type { Origin } from '../diagnostics/origin.ts'
import type { CertificateFacts } from '../ir/certificate.ts'
import type { Cluster } from '../ir/cluster.ts'
import type { Proxy } from '../ir/proxy.ts'
import type { PeerVerification } from '../ir/tls.ts'
import type { Edit } from './edits/edit.ts'
import type { ResponseFlag } from './flags.ts'
import type { HeaderLines } from './header-lines.ts'
import type { Mismatch } from './match.ts'
import type { PolicyDecision } from './policy.ts'
import type { HeaderChange } from './rewrite.ts'
import type { Opening } from './select.ts'
import type { PriorityShare } from './spread.ts'
import type { VerifyFailure } from './verify.ts'

/** The request as the client would send it. */
export interface TraceRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Path with query. */
  readonly target: string
  /** `host` replaces the authority. */
  readonly headers: HeaderLines
  /** Leaf first; empty: the client has no certificate. */
  readonly clientChain: readonly CertificateFacts[]
  /** Whatever the client presents was taken at the first door: of a request that happened and was answered. */
  readonly clientTaken?: true
  /** Anchors that the client trusts; `any`: its trust is not judged, only name and dates; `off`: it verifies nothing. */
  readonly trust: TlsClient['trust']
  readonly sni?: string
  /** Offered in the handshake; `h2` alone: spoken without asking where there is no TLS. Default: h2 and http/1.1. */
  readonly alpn?: readonly string[]
  readonly sourceIp: string
  /** Size of the body, for limits. Default: none. */
  readonly bodyBytes?: number
  /** Where the request goes first whatever its host says: the outbound port of the caller's sidecar. */
  readonly via?: { readonly address: string; readonly port: number; readonly by?: string }
  /** The namespace in which short names are looked up: that of the calling pod. */
  readonly namespace?: string
}

/** The name of the connecting side that is no proxy of the model. */
export const THE_CLIENT = 'the client'

/** The connecting side. */
export interface TlsClient {
  /** For messages: `the client`, `alb/…`. */
  readonly name: string
  /** What it presents when asked, leaf first. */
  readonly chain: readonly CertificateFacts[]
  /** Its certificate is not known, but was taken. */
  readonly taken?: true
  /** Anchors; `any`: not judged; `off`: it verifies nothing. */
  readonly trust: 'any' | 'off' | readonly CertificateFacts[]
  /** The full check of an upstream TLS context, in place of `trust`. */
  readonly verification?: PeerVerification
  /** The name it checks in the certificate. */
  readonly expects?: string
  /** Where its side of the handshake is configured. */
  readonly origin?: Origin
}

interface Trust {
  readonly name: string
  readonly origin: Origin
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
    /** The anchors it is verified by. */
    readonly trust?: Trust
  }
  /** The anchors by which the connecting side verifies what is shown, when they stand in an object. */
  readonly trust?: Trust
  readonly ok: boolean
}

/** One proxy that the request reached. Parts are absent when the walk ended before them. */
export interface Hop {
  readonly proxy: { readonly id: string; readonly kind: Proxy['kind'] }
  readonly address: string
  readonly port: number
  readonly listener: { readonly name: string; readonly origin: Origin }
  readonly chain?: { readonly name: string; readonly origin: Origin }
  /** Server names that the listener takes, when none of its chains took the connection. */
  readonly served?: readonly string[]
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
    /** Ready endpoints that may take it as well. */
    readonly others?: readonly string[]
    readonly tls: 'none' | 'tls' | 'mutual'
    readonly service?: Cluster['service']
    /** Share of the cluster itself, when the route is weighted. */
    readonly percent?: number
    readonly mirrors?: readonly { readonly cluster: string; readonly percent: number }[]
    /** Present where its endpoints are not all alike: which come first, and why others wait. */
    readonly spread?: readonly PriorityShare[]
    /** Other clusters of a weighted route, with their share in percent. */
    readonly alternatives: readonly { readonly cluster: string; readonly percent: number }[]
  }
}

/** What kept a request from its application, for what is to be changed. */
export type Cause =
  | 'name-unknown'
  | 'unreachable'
  | 'no-chain'
  | 'server-refused'
  | 'client-refused'
  | 'no-host'
  | 'no-route'
  | 'denied'
  | 'too-large'
  | 'fault'
  | 'fails-closed'
  | 'no-destination'
  | 'no-endpoint'

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
  readonly cause?: Cause
  /** Why a certificate was refused. */
  readonly why?: VerifyFailure['reason']
  /** The server name that no chain takes. */
  readonly sni?: string
  /** The advice as an edit of one object. */
  readonly edit?: Edit
  readonly origin?: Origin
  /** The application's endpoint, when it was reached. */
  readonly endpoint?: string
  /** The request as the application gets it, when it does. */
  readonly delivered?: Flight
}

export interface Trace {
  readonly request: TraceRequest
  /** Where the name points: the address, and what gave it that. */
  readonly name?: { readonly address: string; readonly by: string }
  readonly hops: readonly Hop[]
  readonly outcome: Outcome
}

/** A message on its way between two doors. */
export interface Flight {
  readonly method: string
  readonly scheme: string
  readonly authority: string
  readonly target: string
  readonly version: 'HTTP/1.1' | 'HTTP/2'
  readonly headers: HeaderLines
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
