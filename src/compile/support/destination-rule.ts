// DestinationRule: what of it clusters act on.
import type { Support } from './declaration.ts'

const policy = [
  'loadBalancer.simple',
  'loadBalancer.consistentHash.**',
  'loadBalancer.localityLbSetting.enabled',
  'loadBalancer.localityLbSetting.distribute[].**',
  'loadBalancer.localityLbSetting.failover[].**',
  'loadBalancer.localityLbSetting.failoverPriority[]',
  'connectionPool.tcp.maxConnections',
  'connectionPool.tcp.connectTimeout',
  'connectionPool.tcp.idleTimeout',
  'connectionPool.tcp.maxConnectionDuration',
  'connectionPool.http.http1MaxPendingRequests',
  'connectionPool.http.http2MaxRequests',
  'connectionPool.http.maxRequestsPerConnection',
  'connectionPool.http.maxRetries',
  'connectionPool.http.idleTimeout',
  'connectionPool.http.h2UpgradePolicy',
  'connectionPool.http.useClientProtocol',
  'outlierDetection.consecutiveErrors',
  'outlierDetection.consecutive5xxErrors',
  'outlierDetection.consecutiveGatewayErrors',
  'outlierDetection.interval',
  'outlierDetection.baseEjectionTime',
  'outlierDetection.maxEjectionPercent',
  'outlierDetection.minHealthPercent',
  'tls.mode',
  'tls.credentialName',
  'tls.subjectAltNames[]',
  'tls.sni',
  'tls.insecureSkipVerify',
]

const places = [
  'spec.trafficPolicy',
  'spec.trafficPolicy.portLevelSettings[]',
  'spec.subsets[].trafficPolicy',
  'spec.subsets[].trafficPolicy.portLevelSettings[]',
]

const everywhere = (path: string, note: string): Record<string, string> =>
  Object.fromEntries(places.map((place) => [`${place}.${path}`, note]))

const FILES = 'Files of the proxy are not read: requests are answered 503. Use credentialName.'

export const destinationRuleSupport: Support = {
  kind: 'DestinationRule.networking.istio.io',
  summary: 'Load balancing, connection pools, ejection, subsets and TLS of outbound clusters.',
  fields: [
    'spec.host',
    'spec.trafficPolicy.proxyProtocol.**',
    'spec.subsets[].trafficPolicy.proxyProtocol.**',
    'spec.exportTo[]',
    'spec.subsets[].name',
    'spec.subsets[].labels.*',
    ...places.flatMap((place) => policy.map((field) => `${place}.${field}`)),
    'spec.trafficPolicy.portLevelSettings[].port.number',
    'spec.subsets[].trafficPolicy.portLevelSettings[].port.number',
  ],
  notes: {
    'spec.workloadSelector': 'A rule with a workloadSelector is left out as a whole.',
    ...everywhere('loadBalancer.warmup', 'New endpoints get their full share at once.'),
    ...everywhere('loadBalancer.warmupDurationSecs', 'New endpoints get their full share at once.'),
    ...everywhere('connectionPool.tcp.tcpKeepalive', "The operating system's keep-alive is used."),
    ...everywhere('connectionPool.http.maxConcurrentStreams', 'The limit of the upstream counts.'),
    ...everywhere('outlierDetection.splitExternalLocalOriginErrors', 'All failures are counted together.'),
    ...everywhere('outlierDetection.consecutiveLocalOriginFailures', 'All failures are counted together.'),
    ...everywhere('tls.clientCertificate', FILES),
    ...everywhere('tls.privateKey', FILES),
    ...everywhere('tls.caCertificates', FILES),
    ...everywhere('tls.caCrl', FILES),
    'spec.trafficPolicy.tunnel': 'Tunnels are not supported.',
    'spec.subsets[].trafficPolicy.tunnel': 'Tunnels are not supported.',
  },
  differences: [
    'Localities: the pod label `topology.istio.io/locality` or `istio-locality`, else `topology.kubernetes.io/region`, `…/zone` and `topology.istio.io/subzone` of the node, else the `zone` of the EndpointSlice. Replicas of a gateway are one proxy: what their localities have in common counts.',
    'TLS modes SIMPLE and MUTUAL need a credentialName: there is no set of public roots to trust.',
    'On sidecars credentialName is refused: requests are answered 503 instead of being sent without TLS.',
  ],
}
