// Telemetry (telemetry.istio.io/v1), and the mesh configuration that its providers stand in: the fields that are read.
import type { LocalitySetting } from './destination-rule.ts'
import type { KubeObject } from './object.ts'

/** `CLIENT` is what a workload calls (and a gateway), `SERVER` what it is called for. */
export type WorkloadMode = 'CLIENT' | 'SERVER' | 'CLIENT_AND_SERVER'

interface ProviderRef {
  readonly name?: string
}

export interface CustomTag {
  readonly literal?: { readonly value?: string }
  readonly header?: { readonly name?: string; readonly defaultValue?: string }
  readonly environment?: { readonly name?: string; readonly defaultValue?: string }
}

export interface TracingSpec {
  readonly match?: { readonly mode?: WorkloadMode }
  readonly providers?: readonly ProviderRef[]
  readonly randomSamplingPercentage?: number
  readonly disableSpanReporting?: boolean
  readonly customTags?: Readonly<Record<string, CustomTag>>
  readonly enableIstioTags?: boolean
}

export interface AccessLoggingSpec {
  readonly match?: { readonly mode?: WorkloadMode }
  readonly providers?: readonly ProviderRef[]
  readonly disabled?: boolean
  readonly filter?: { readonly expression?: string }
}

export interface Telemetry extends KubeObject {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly tracing?: readonly TracingSpec[]
    readonly accessLogging?: readonly AccessLoggingSpec[]
  }
}

/** What both kinds of external authorizers have. */
export interface ExtAuthzProvider {
  /** `[namespace/]host`. */
  readonly service?: string
  readonly port?: number
  readonly timeout?: string
  readonly failOpen?: boolean
  /** An HTTP status as text; default 403. */
  readonly statusOnError?: string
  readonly includeRequestBodyInCheck?: {
    readonly maxRequestBytes?: number
    readonly allowPartialMessage?: boolean
    readonly packAsBytes?: boolean
  }
}

export interface ExtAuthzHttpProvider extends ExtAuthzProvider {
  readonly pathPrefix?: string
  readonly includeRequestHeadersInCheck?: readonly string[]
  /** The older spelling. */
  readonly includeHeadersInCheck?: readonly string[]
  readonly includeAdditionalHeadersInCheck?: Readonly<Record<string, string>>
  readonly headersToUpstreamOnAllow?: readonly string[]
  readonly headersToDownstreamOnDeny?: readonly string[]
  readonly headersToDownstreamOnAllow?: readonly string[]
}

/** One of `extensionProviders`; exactly one of its other keys says what it is. */
export interface ExtensionProvider {
  readonly name?: string
  readonly opentelemetry?: {
    readonly service?: string
    readonly port?: number
    readonly maxTagLength?: number
    readonly http?: {
      readonly path?: string
      readonly timeout?: string
      readonly headers?: readonly { readonly name?: string; readonly value?: string }[]
    }
  }
  readonly envoyExtAuthzHttp?: ExtAuthzHttpProvider
  readonly envoyExtAuthzGrpc?: ExtAuthzProvider
  readonly envoyFileAccessLog?: {
    readonly path?: string
    readonly logFormat?: { readonly text?: string; readonly labels?: Readonly<Record<string, unknown>> }
  }
}

/** The text under `mesh` in the ConfigMap `istio` of the root namespace (mesh.istio.io MeshConfig). */
export interface MeshConfig {
  readonly extensionProviders?: readonly ExtensionProvider[]
  readonly defaultProviders?: {
    readonly tracing?: readonly string[]
    readonly accessLogging?: readonly string[]
  }
  readonly defaultConfig?: {
    readonly tracing?: { readonly sampling?: number; readonly maxPathTagLength?: number }
  }
  readonly localityLbSetting?: LocalitySetting
  /** Empty: no access log. */
  readonly accessLogFile?: string
  readonly accessLogEncoding?: 'TEXT' | 'JSON'
}
