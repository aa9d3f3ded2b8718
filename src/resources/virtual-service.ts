// VirtualService (networking.istio.io): the fields that are read.
import type { KubeObject } from './object.ts'

export interface VirtualService extends KubeObject {
  readonly spec?: {
    readonly hosts?: readonly string[]
    /** Default: `mesh`. */
    readonly gateways?: readonly string[]
    readonly http?: readonly HttpRoute[]
    readonly tls?: readonly TlsRoute[]
    readonly tcp?: readonly TcpRoute[]
    readonly exportTo?: readonly string[]
  }
}

/** Exactly one is set; none: presence. */
export interface IstioStringMatch {
  readonly exact?: string
  readonly prefix?: string
  readonly regex?: string
}

export interface HttpMatch {
  readonly name?: string
  readonly uri?: IstioStringMatch
  readonly ignoreUriCase?: boolean
  readonly scheme?: IstioStringMatch
  readonly method?: IstioStringMatch
  readonly authority?: IstioStringMatch
  readonly headers?: Readonly<Record<string, IstioStringMatch>>
  readonly withoutHeaders?: Readonly<Record<string, IstioStringMatch>>
  readonly queryParams?: Readonly<Record<string, IstioStringMatch>>
  readonly port?: number
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
  readonly gateways?: readonly string[]
  readonly statPrefix?: string
}

export interface Destination {
  readonly host?: string
  readonly subset?: string
  readonly port?: { readonly number?: number }
}

export interface HeaderOperations {
  readonly set?: Readonly<Record<string, string>>
  readonly add?: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}
export interface Headers {
  readonly request?: HeaderOperations
  readonly response?: HeaderOperations
}

export interface RouteDestination {
  readonly destination?: Destination
  readonly weight?: number
  readonly headers?: Headers
}

export interface HttpRoute {
  readonly name?: string
  readonly match?: readonly HttpMatch[]
  readonly route?: readonly RouteDestination[]
  readonly redirect?: {
    readonly uri?: string
    readonly authority?: string
    readonly scheme?: string
    readonly port?: number
    readonly derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT'
    readonly redirectCode?: number
  }
  readonly directResponse?: {
    readonly status?: number
    readonly body?: { readonly string?: string; readonly bytes?: string }
  }
  readonly delegate?: { readonly name?: string; readonly namespace?: string }
  readonly rewrite?: {
    readonly uri?: string
    readonly authority?: string
    readonly uriRegexRewrite?: { readonly match?: string; readonly rewrite?: string }
  }
  readonly timeout?: string
  readonly retries?: {
    readonly attempts?: number
    readonly perTryTimeout?: string
    readonly retryOn?: string
    readonly retryRemoteLocalities?: boolean
    readonly retryIgnorePreviousHosts?: boolean
    readonly backoff?: string
  }
  readonly fault?: {
    readonly delay?: {
      readonly percentage?: { readonly value?: number }
      readonly percent?: number
      readonly fixedDelay?: string
    }
    readonly abort?: {
      readonly percentage?: { readonly value?: number }
      readonly percent?: number
      readonly httpStatus?: number
      readonly grpcStatus?: string
    }
  }
  readonly mirror?: Destination
  readonly mirrorPercent?: number
  readonly mirrorPercentage?: { readonly value?: number }
  readonly mirrors?: readonly {
    readonly destination?: Destination
    readonly percentage?: { readonly value?: number }
  }[]
  readonly corsPolicy?: {
    readonly allowOrigin?: readonly string[]
    readonly allowOrigins?: readonly IstioStringMatch[]
    readonly allowMethods?: readonly string[]
    readonly allowHeaders?: readonly string[]
    readonly exposeHeaders?: readonly string[]
    readonly maxAge?: string
    readonly allowCredentials?: boolean
    readonly unmatchedPreflights?: 'UNSPECIFIED' | 'FORWARD' | 'IGNORE'
  }
  readonly headers?: Headers
}

export interface L4Match {
  readonly port?: number
  readonly gateways?: readonly string[]
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
  readonly destinationSubnets?: readonly string[]
}

export interface TlsRoute {
  readonly match?: readonly (L4Match & { readonly sniHosts?: readonly string[] })[]
  readonly route?: readonly RouteDestination[]
}

export interface TcpRoute {
  readonly match?: readonly L4Match[]
  readonly route?: readonly RouteDestination[]
}
