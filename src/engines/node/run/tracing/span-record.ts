// A finished request as a span in OTLP's JSON form, with the attributes that Envoy's OpenTelemetry tracer sets.
import { monotonic } from '../clock.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { HopSpan } from './span.ts'

/** opentelemetry.proto.trace.v1.Span as OTLP/JSON: ids in hexadecimal, 64-bit numbers as text. */
export interface SpanRecord {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  /** 2: server, 3: client. */
  readonly kind: 2 | 3
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  /** 2: error. */
  readonly status?: { readonly code: 2 }
}

export interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue: string }
}

/** The record of a request that is over now. */
export function spanRecord(span: HopSpan, context: RequestContext): SpanRecord {
  const { tracing, parentId, tracestate } = span
  const outbound = tracing.side === 'outbound'
  const { status } = context
  const failed = status >= 500 || (outbound && status >= 400)
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(parentId === '' ? {} : { parentSpanId: parentId }),
    ...(tracestate === '' ? {} : { traceState: tracestate }),
    kind: outbound ? 3 : 2,
    name: span.name,
    startTimeUnixNano: nanoseconds(context.startedAt),
    endTimeUnixNano: nanoseconds(monotonic()),
    attributes: attributesOf(span, context).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    ...(failed ? { status: { code: 2 } } : {}),
  }
}

/** The epoch on the monotonic clock, so that spans of one process keep their order within a millisecond; set again when the wall clock was. */
let epoch = performance.timeOrigin
const STEP_MS = 5

/** Since the epoch, of a moment of the monotonic clock; a double is exact to the microsecond. */
function nanoseconds(moment: number): string {
  const now = Date.now() - monotonic()
  if (Math.abs(now - epoch) > STEP_MS) epoch = now
  return `${Math.round((epoch + moment) * 1000)}000`
}

function attributesOf({ tracing }: HopSpan, context: RequestContext): readonly (readonly [string, string])[] {
  const { connection, head, status, clusterName, grpcStatus } = context
  const attributes = new Map<string, string>([
    ['node_id', connection.proxyId],
    ['zone', ''],
    ['guid:x-request-id', context.requestId],
    ['http.url', urlOf(context, tracing.maxPathLength)],
    ['http.method', context.method],
    ['downstream_cluster', context.header('x-envoy-downstream-service-cluster') ?? '-'],
    ['user_agent', context.header('user-agent') ?? '-'],
    ['http.protocol', head.version],
    ['peer.address', connection.remoteAddress],
    ['request_size', String(context.bytesReceived)],
    ['response_size', String(context.bytesSent)],
    ['component', 'proxy'],
  ])
  if (clusterName !== undefined) {
    attributes.set('upstream_cluster', clusterName)
    attributes.set('upstream_cluster.name', clusterName)
  }
  attributes.set('http.status_code', String(status))
  if (status === 0 || status >= 500) attributes.set('error', 'true')
  attributes.set('response_flags', context.flags === '' ? '-' : context.flags)
  if (grpcStatus !== undefined) attributes.set('grpc.status_code', grpcStatus)
  for (const tag of tracing.tags) {
    const value = 'literal' in tag ? tag.literal : (context.header(tag.header) ?? tag.default)
    if (value !== undefined) attributes.set(tag.name, value)
  }
  return [...attributes]
}

function urlOf({ scheme, authority, target }: RequestContext, longest: number): string {
  return `${scheme}://${authority}${target.length > longest ? target.slice(0, longest) : target}`
}
