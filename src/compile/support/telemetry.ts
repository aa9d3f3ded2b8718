// Telemetry and the mesh configuration: what of them is acted on.
import type { Support } from './declaration.ts'

export const telemetrySupport: Support = {
  kind: 'Telemetry.telemetry.istio.io',
  summary:
    'Tracing and access logs of gateways and sidecars: the root namespace’s Telemetry, then the namespace’s, then the oldest whose selector fits; later ones override field by field. The ALB takes those of its own namespace only.',
  fields: [
    'spec.selector.matchLabels.*',
    'spec.tracing[].match.mode',
    'spec.tracing[].providers[].name',
    'spec.tracing[].randomSamplingPercentage',
    'spec.tracing[].disableSpanReporting',
    'spec.tracing[].enableIstioTags',
    'spec.tracing[].customTags.*.literal.value',
    'spec.tracing[].customTags.*.header.name',
    'spec.tracing[].customTags.*.header.defaultValue',
    'spec.tracing[].customTags.*.environment.name',
    'spec.tracing[].customTags.*.environment.defaultValue',
    'spec.accessLogging[].match.mode',
    'spec.accessLogging[].providers[].name',
    'spec.accessLogging[].disabled',
    'spec.accessLogging[].filter.expression',
  ],
  inert: { 'spec.metrics': [[{ providers: [{ name: 'prometheus' }] }]] },
  notes: {
    'spec.metrics': 'Metrics always have Istio’s names and labels; overrides are not applied.',
    'spec.tracing[].useRequestIdForTraceSampling':
      'The decision is that of the trace headers, not of x-request-id.',
    'spec.targetRef': 'Gateway API objects are not supported.',
    'spec.targetRefs': 'Gateway API objects are not supported.',
  },
  differences: [
    'Tracing needs a provider (of the Telemetry, of `defaultProviders`, or `OTEL_EXPORTER_OTLP_ENDPOINT` of `sallyport up`). Without one no trace header is made, and headers that come pass untouched.',
    'A parent’s decision on sampling is kept; without one `randomSamplingPercentage` is drawn, else `defaultConfig.tracing.sampling`, else 1.',
    '`environment` tags take the value from the `env` of the pod’s containers (`value`, or the pod’s name or namespace), never from the machine.',
    'Access logs are on, as text, unless the mesh configuration or a Telemetry says otherwise. A filter is CEL over `request.*`, `response.*`, `connection.*`, `source.*`, `destination.*`, `upstream.*` and `xds.*` as Envoy names them.',
  ],
}

const AUTHORIZERS = ['envoyExtAuthzHttp', 'envoyExtAuthzGrpc']

/** The same for a field of both kinds of authorizers. */
const ofAuthorizers = <T>(field: string, value: T): Readonly<Record<string, T>> =>
  Object.fromEntries(AUTHORIZERS.map((kind) => [`spec.extensionProviders[].${kind}.${field}`, value]))

export const meshConfigSupport: Support = {
  kind: 'ConfigMap',
  summary:
    'The mesh configuration: the YAML under the key `mesh` of the ConfigMap `istio` in the root namespace (`istio-system`), where istiod reads it. Below, `spec` stands for that text.',
  fields: [
    'spec.extensionProviders[].name',
    'spec.extensionProviders[].opentelemetry.service',
    'spec.extensionProviders[].opentelemetry.port',
    'spec.extensionProviders[].opentelemetry.maxTagLength',
    'spec.extensionProviders[].opentelemetry.http.path',
    'spec.extensionProviders[].opentelemetry.http.timeout',
    'spec.extensionProviders[].opentelemetry.http.headers[].name',
    'spec.extensionProviders[].opentelemetry.http.headers[].value',
    ...AUTHORIZERS.flatMap((kind) =>
      ['service', 'port', 'timeout', 'failOpen', 'statusOnError', 'includeRequestBodyInCheck.**'].map(
        (field) => `spec.extensionProviders[].${kind}.${field}`,
      ),
    ),
    'spec.extensionProviders[].envoyExtAuthzHttp.pathPrefix',
    'spec.extensionProviders[].envoyExtAuthzHttp.includeRequestHeadersInCheck[]',
    'spec.extensionProviders[].envoyExtAuthzHttp.includeHeadersInCheck[]',
    'spec.extensionProviders[].envoyExtAuthzHttp.includeAdditionalHeadersInCheck.*',
    'spec.extensionProviders[].envoyExtAuthzHttp.headersToUpstreamOnAllow[]',
    'spec.extensionProviders[].envoyExtAuthzHttp.headersToDownstreamOnDeny[]',
    'spec.extensionProviders[].envoyExtAuthzHttp.headersToDownstreamOnAllow[]',
    'spec.extensionProviders[].envoyFileAccessLog.path',
    'spec.extensionProviders[].envoyFileAccessLog.logFormat.labels',
    'spec.localityLbSetting.enabled',
    'spec.localityLbSetting.distribute[].**',
    'spec.localityLbSetting.failover[].**',
    'spec.localityLbSetting.failoverPriority[]',
    'spec.defaultProviders.tracing[]',
    'spec.defaultProviders.accessLogging[]',
    'spec.defaultConfig.tracing.sampling',
    'spec.defaultConfig.tracing.maxPathTagLength',
    'spec.accessLogFile',
    'spec.accessLogEncoding',
  ],
  inert: {
    ...ofAuthorizers('clearRouteCache', [false]),
    'spec.enableTracing': [true],
    'spec.enablePrometheusMerge': [true],
    'spec.rootNamespace': ['istio-system'],
    'spec.trustDomain': ['cluster.local'],
    'spec.defaultConfig.discoveryAddress': ['istiod.istio-system.svc:15012'],
    'spec.defaultProviders.metrics': [['prometheus']],
    'spec.outboundTrafficPolicy.mode': ['ALLOW_ANY'],
  },
  notes: {
    ...ofAuthorizers(
      'clearRouteCache',
      'The route stays the one that was chosen before the authorizer was asked.',
    ),
    'spec.extensionProviders[].opentelemetry.grpc':
      'Spans are sent by OTLP over HTTP: write `http` with the path.',
    'spec.extensionProviders[].envoyFileAccessLog.logFormat.text': 'Formats of one’s own are not supported.',
    'spec.accessLogFormat': 'Formats of one’s own are not supported.',
  },
}
