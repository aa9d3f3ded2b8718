// A traffic policy as the settings of a cluster: per port it replaces, per subset it overrides part by part (istio.md 3).
import type { Balancing, CircuitBreakers, Cluster, OutlierDetection } from '../../ir/cluster.ts'
import type { HashSource } from '../../ir/route.ts'
import type {
  ConnectionPool,
  LoadBalancerPolicy,
  OutlierPolicy,
  PortPolicy,
  TrafficPolicy,
} from '../../resources/destination-rule.ts'
import { parseDuration } from '../istio/duration.ts'

/** The part of a policy for a port: port settings stand alone; only the PROXY protocol, which they do not have, comes from above. */
export function forPort(policy: TrafficPolicy | undefined, port: number): PortPolicy {
  const own = policy?.portLevelSettings?.find((one) => one.port?.number === port)
  if (own === undefined) return policy ?? {}
  const proxyProtocol = policy?.proxyProtocol
  return { ...own, ...(proxyProtocol === undefined ? {} : { proxyProtocol }) }
}

/** A subset's policy over the host's: each component that the subset has replaces the host's. */
export function overlay(base: PortPolicy, subset: PortPolicy): PortPolicy {
  const { loadBalancer, connectionPool, outlierDetection, tls, proxyProtocol } = { ...base, ...subset }
  return {
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    ...(connectionPool === undefined ? {} : { connectionPool }),
    ...(outlierDetection === undefined ? {} : { outlierDetection }),
    ...(tls === undefined ? {} : { tls }),
    ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
  }
}

/** Default LEAST_REQUEST. */
export function balancing(policy: LoadBalancerPolicy | undefined): Balancing {
  const hash = policy?.consistentHash
  if (hash?.maglev !== undefined) {
    return { kind: 'maglev', ...(hash.maglev.tableSize === undefined ? {} : { size: hash.maglev.tableSize }) }
  }
  if (hash !== undefined)
    return { kind: 'ring-hash', size: hash.ringHash?.minimumRingSize ?? hash.minimumRingSize ?? 1024 }
  if (policy?.simple === 'ROUND_ROBIN') return { kind: 'round-robin' }
  return { kind: policy?.simple === 'RANDOM' ? 'random' : 'least-request' }
}

/** What a consistent hash is made from. */
export function hashSources(policy: LoadBalancerPolicy | undefined): readonly HashSource[] {
  const hash = policy?.consistentHash
  if (hash?.httpHeaderName) return [{ kind: 'header', name: hash.httpHeaderName.toLowerCase() }]
  if (hash?.httpCookie) {
    const ttl = parseDuration(hash.httpCookie.ttl ?? '')
    return [
      {
        kind: 'cookie',
        name: hash.httpCookie.name ?? '',
        ...(ttl === undefined ? {} : { ttlSeconds: Math.floor(ttl / 1000) }),
        ...(hash.httpCookie.path ? { path: hash.httpCookie.path } : {}),
      },
    ]
  }
  if (hash?.useSourceIp === true) return [{ kind: 'source-ip' }]
  if (hash?.httpQueryParameterName) return [{ kind: 'query', name: hash.httpQueryParameterName }]
  return []
}

const HOUR = 3_600_000

function limitsOf(pool: ConnectionPool | undefined): CircuitBreakers | undefined {
  const limits = {
    ...(pool?.tcp?.maxConnections === undefined ? {} : { maxConnections: pool.tcp.maxConnections }),
    ...(pool?.http?.http1MaxPendingRequests === undefined
      ? {}
      : { maxPendingRequests: pool.http.http1MaxPendingRequests }),
    ...(pool?.http?.http2MaxRequests === undefined ? {} : { maxRequests: pool.http.http2MaxRequests }),
    ...(pool?.http?.maxRetries === undefined ? {} : { maxRetries: pool.http.maxRetries }),
  }
  return Object.keys(limits).length === 0 ? undefined : limits
}

function outlierOf(policy: OutlierPolicy | undefined): OutlierDetection | undefined {
  if (policy === undefined) return undefined
  return {
    consecutive5xx: policy.consecutive5xxErrors ?? policy.consecutiveErrors ?? 5,
    ...(policy.consecutiveGatewayErrors ? { consecutiveGatewayErrors: policy.consecutiveGatewayErrors } : {}),
    intervalMs: parseDuration(policy.interval ?? '') ?? 10_000,
    baseEjectionMs: parseDuration(policy.baseEjectionTime ?? '') ?? 30_000,
    maxEjectionPercent: policy.maxEjectionPercent ?? 10,
    ...(policy.minHealthPercent ? { minHealthPercent: policy.minHealthPercent } : {}),
  }
}

/** Timeouts, limits and ejection of a cluster, with Istio's defaults. */
export function clusterSettings(
  policy: PortPolicy,
): Pick<Cluster, 'balancing' | 'connectTimeoutMs'> & Partial<Cluster> {
  const pool = policy.connectionPool
  const limits = limitsOf(pool)
  const outlier = outlierOf(policy.outlierDetection)
  const lifetime = parseDuration(pool?.tcp?.maxConnectionDuration ?? '')
  const proxyProtocol =
    policy.proxyProtocol === undefined ? undefined : policy.proxyProtocol.version === 'V2' ? 'v2' : 'v1'
  return {
    balancing: balancing(policy.loadBalancer),
    connectTimeoutMs: parseDuration(pool?.tcp?.connectTimeout ?? '') ?? 10_000,
    idleTimeoutMs: parseDuration(pool?.http?.idleTimeout ?? pool?.tcp?.idleTimeout ?? '') ?? HOUR,
    ...(pool?.http?.maxRequestsPerConnection
      ? { maxRequestsPerConnection: pool.http.maxRequestsPerConnection }
      : {}),
    ...(lifetime === undefined ? {} : { maxConnectionDurationMs: lifetime }),
    ...(limits === undefined ? {} : { limits }),
    ...(outlier === undefined ? {} : { outlier }),
    ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
  }
}
