// The span of one request at one hop: begun when the request was routed, told to the next hop in its headers, reported when it is over.
import { operationOf, type Tracing } from '../../../../ir/tracing.ts'
import type { RequestContext } from '../http/request-context.ts'
import { hexId } from '../http/request-id.ts'
import type { HopSpan } from './span.ts'
import { receive, send } from './trace-context.ts'

/** As Envoy passes an outbound span's name to the server behind it. */
const OPERATION = 'x-envoy-decorator-operation'

/** Begins the span of a request whose route is known, and writes the headers for whoever comes next. */
export function beginSpan(tracing: Tracing, context: RequestContext, random: () => number): HopSpan {
  const { headers } = context.head
  const received = receive(headers)
  const { parent, decision } = received
  const span: HopSpan = {
    tracing,
    name: nameOf(tracing, context),
    traceId: parent?.traceId ?? hexId(),
    spanId: hexId().slice(0, 16),
    parentId: parent?.spanId ?? '',
    sampled: decision ?? random() * 100 < tracing.samplePercent,
    tracestate: parent === undefined ? '' : (headers.get('tracestate') ?? ''),
  }
  send(headers, span, received)
  return span
}

function nameOf({ side }: Tracing, context: RequestContext): string {
  const { headers } = context.head
  if (side === 'outbound') {
    const operation = context.route === undefined ? undefined : operationOf(context.route.route)
    if (operation === undefined) return `egress ${context.authority}`
    headers.set(OPERATION, operation)
    return operation
  }
  const told = headers.get(OPERATION)
  if (told === undefined) return 'ingress'
  headers.remove(OPERATION)
  return told === '' ? 'ingress' : told
}
