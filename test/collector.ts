// A receiver of spans for tests: OTLP over HTTP, as JSON or protobuf, on a port of loopback.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import protobuf from 'protobufjs'
import { onTestFinished } from 'vitest'

export interface Span {
  readonly service: string
  readonly traceId: string
  readonly spanId: string
  /** Empty: a root. */
  readonly parentId: string
  readonly traceState: string
  readonly kind: 'server' | 'client'
  readonly name: string
  readonly start: bigint
  readonly end: bigint
  readonly attributes: Readonly<Record<string, string>>
  readonly failed: boolean
}

export interface Collector {
  readonly port: number
  readonly spans: Span[]
  /** Of each request that came. */
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[]
  /** What it answers from now on. */
  status: number
  /** Resolves once this many spans are there that pass the test. */
  until(count: number, wanted?: (span: Span) => boolean): Promise<readonly Span[]>
  /** Resolves once it has answered this many requests. */
  arrived(count: number): Promise<void>
}

/** The part of opentelemetry/proto/collector/trace/v1 that is read here. */
const { root } = protobuf.parse(
  `syntax = "proto3";
  message Export { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
    int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; Status status = 15;
  }
  message Status { int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; }`,
)
const Export = root.lookupType('Export')

interface Wire {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] }
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[]
  }[]
}
interface Pair {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}
interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly kind: number
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Pair[]
  readonly status?: { readonly code?: number }
}

const pairs = (list: readonly Pair[]): Record<string, string> =>
  Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? '']))

function read(type: string | undefined, body: Buffer): Wire {
  if (type === 'application/json') return JSON.parse(body.toString()) as Wire
  const message = Export.toObject(Export.decode(body), { longs: String, defaults: true })
  const hex = (value: unknown): string => Buffer.from(value as Uint8Array).toString('hex')
  return JSON.parse(
    JSON.stringify(message, (key, value: unknown) =>
      /^(trace|span|parentSpan)Id$/.test(key) ? hex((value as { data?: Uint8Array }).data ?? value) : value,
    ),
  ) as Wire
}

function* spansOf(wire: Wire): Iterable<Span> {
  for (const { resource, scopeSpans } of wire.resourceSpans) {
    const service = pairs(resource.attributes)['service.name'] ?? ''
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      yield {
        service,
        traceId: span.traceId,
        spanId: span.spanId,
        parentId: span.parentSpanId ?? '',
        traceState: span.traceState ?? '',
        kind: span.kind === 2 ? 'server' : 'client',
        name: span.name,
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        attributes: pairs(span.attributes),
        failed: span.status?.code === 2,
      }
    }
  }
}

/** Started, and closed at the end of the test. */
export async function collector(): Promise<Collector> {
  const spans: Span[] = []
  const requests: Collector['requests'] = []
  let waiting: (() => void)[] = []
  const next = () => new Promise<void>((resolve) => waiting.push(resolve))
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers })
      if (made.status === 200) {
        spans.push(...spansOf(read(request.headers['content-type'], Buffer.concat(chunks))))
      }
      response.writeHead(made.status, { 'content-type': 'application/json' }).end('{}')
      const ready = waiting
      waiting = []
      for (const wake of ready) wake()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const made: Collector = {
    port: (server.address() as AddressInfo).port,
    spans,
    requests,
    status: 200,
    async until(count, wanted = () => true) {
      for (;;) {
        const found = spans.filter(wanted)
        if (found.length >= count) return found
        await next()
      }
    },
    async arrived(count) {
      while (requests.length < count) await next()
    },
  }
  return made
}
