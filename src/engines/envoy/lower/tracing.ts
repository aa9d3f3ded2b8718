// Tracing of a connection manager: sampling, tags and the OpenTelemetry tracer that sends spans by OTLP over HTTP.
import type { Collector, TraceTag, Tracing } from '../../../ir/tracing.ts'
import { any, compact, duration, extension, type Message } from './proto.ts'

const tag = (one: TraceTag): Message =>
  'literal' in one
    ? { tag: one.name, literal: { value: one.literal } }
    : { tag: one.name, request_header: compact({ name: one.header, default_value: one.default }) }

const SAMPLERS = 'envoy.extensions.tracers.opentelemetry.samplers.v3'
const sampler = (name: string, type: string, message: Message): Message =>
  extension(`envoy.tracers.opentelemetry.samplers.${name}`, `${SAMPLERS}.${type}`, message)

/** As OpenTelemetry's ParentBased: the parent's word counts, and without one the trace is drawn. Without a sampler Envoy would draw at each hop. */
const parentBased = (percent: number): Message =>
  sampler('parent_based', 'ParentBasedSamplerConfig', {
    wrapped_sampler: sampler('trace_id_ratio_based', 'TraceIdRatioBasedSamplerConfig', {
      sampling_percentage: { numerator: Math.round(percent * 10_000), denominator: 'MILLION' },
    }),
  })

const exporter = ({ cluster, host, path, timeoutMs, headers, service }: Collector): Message => ({
  service_name: service,
  http_service: compact({
    http_uri: { uri: `http://${host}${path}`, cluster, timeout: duration(timeoutMs) },
    request_headers_to_add:
      headers.length === 0
        ? undefined
        : headers.map(([key, value]) => ({
            header: { key, value },
            append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
          })),
  }),
})

/** HttpConnectionManager.Tracing, as Istio fills it for a provider with a sampler: every request comes before the sampler. */
export function lowerTracing(tracing: Tracing): Message {
  const { samplePercent, maxPathLength, tags, collector } = tracing
  return compact({
    client_sampling: { value: 100 },
    random_sampling: { value: 100 },
    overall_sampling: { value: 100 },
    max_path_tag_length: maxPathLength,
    custom_tags: tags.length === 0 ? undefined : tags.map(tag),
    provider: {
      name: 'envoy.tracers.opentelemetry',
      typed_config: any('envoy.config.trace.v3.OpenTelemetryConfig', {
        ...exporter(collector),
        sampler: parentBased(samplePercent),
      }),
    },
  })
}
