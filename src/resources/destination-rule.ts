// DestinationRule (networking.istio.io): the fields that are read.
import type { KubeObject } from './object.ts'

export interface DestinationRule extends KubeObject {
  readonly spec?: {
    readonly host?: string
    readonly trafficPolicy?: TrafficPolicy
    readonly subsets?: readonly Subset[]
    readonly exportTo?: readonly string[]
    readonly workloadSelector?: { readonly matchLabels?: Readonly<Record<string, string>> }
  }
}

export interface Subset {
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly trafficPolicy?: TrafficPolicy
}

export interface TrafficPolicy extends PortPolicy {
  readonly portLevelSettings?: readonly (PortPolicy & { readonly port?: { readonly number?: number } })[]
}

/** What may stand at the top or per port. */
export interface PortPolicy {
  readonly loadBalancer?: LoadBalancerPolicy
  readonly connectionPool?: ConnectionPool
  readonly outlierDetection?: OutlierPolicy
  readonly tls?: ClientTls
  readonly proxyProtocol?: { readonly version?: 'V1' | 'V2' }
}

export interface LoadBalancerPolicy {
  readonly simple?: string
  readonly consistentHash?: {
    readonly httpHeaderName?: string
    readonly httpCookie?: { readonly name?: string; readonly path?: string; readonly ttl?: string }
    readonly useSourceIp?: boolean
    readonly httpQueryParameterName?: string
    readonly minimumRingSize?: number
    readonly ringHash?: { readonly minimumRingSize?: number }
    readonly maglev?: { readonly tableSize?: number }
  }
  readonly localityLbSetting?: LocalitySetting
  readonly warmup?: unknown
  readonly warmupDurationSecs?: string
}

export interface LocalitySetting {
  readonly enabled?: boolean
  readonly distribute?: readonly { readonly from?: string; readonly to?: Readonly<Record<string, number>> }[]
  readonly failover?: readonly { readonly from?: string; readonly to?: string }[]
  readonly failoverPriority?: readonly string[]
}

export interface ConnectionPool {
  readonly tcp?: {
    readonly maxConnections?: number
    readonly connectTimeout?: string
    readonly idleTimeout?: string
    readonly maxConnectionDuration?: string
    readonly tcpKeepalive?: unknown
  }
  readonly http?: {
    readonly http1MaxPendingRequests?: number
    readonly http2MaxRequests?: number
    readonly maxRequestsPerConnection?: number
    readonly maxRetries?: number
    readonly idleTimeout?: string
    readonly h2UpgradePolicy?: 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE'
    readonly useClientProtocol?: boolean
    readonly maxConcurrentStreams?: number
  }
}

export interface OutlierPolicy {
  readonly consecutiveErrors?: number
  readonly consecutive5xxErrors?: number
  readonly consecutiveGatewayErrors?: number
  readonly interval?: string
  readonly baseEjectionTime?: string
  readonly maxEjectionPercent?: number
  readonly minHealthPercent?: number
  readonly splitExternalLocalOriginErrors?: boolean
  readonly consecutiveLocalOriginFailures?: number
}

export interface ClientTls {
  readonly mode?: 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL'
  readonly clientCertificate?: string
  readonly privateKey?: string
  readonly caCertificates?: string
  readonly caCrl?: string
  readonly credentialName?: string
  readonly subjectAltNames?: readonly string[]
  readonly sni?: string
  readonly insecureSkipVerify?: boolean
}
