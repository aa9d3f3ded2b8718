// The span of one request at one hop: begun when the request was routed, told to the next hop in its headers, reported when it is over.
import type { HttpManager } from '../../../../ir/listener.ts'
import { operationOf, type Tracing } from '../../../../ir/tracing.ts'
import { hexId } from '../http/headers/request-id.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { HopSpan } from './span.ts'
import { receive, send } from './trace-context.ts'

/** As Envoy passes an outbound span's name to the server behind it. */
const OPERATION = 'x-envoy-decorator-operation'

/** Begins the span of a request whose route is known, and writes the headers for whoever comes next. */
export function beginSpan(
  { clientAddress }: Pick<HttpManager, 'clientAddress'>,
  tracing: Tracing,
  context: RequestContext,
  random: () => number,
): HopSpan {
  const { headers } = context.head
  const received = receive(headers)
  const { parent, decision } = received
  const span: HopSpan = {
    tracing,
    name: nameOf(tracing, context, clientAddress.useRemoteAddress),
    traceId: parent?.traceId ?? hexId(),
    spanId: hexId().slice(0, 16),
    parentId: parent?.spanId ?? '',
    sampled: decision ?? random() * 100 < tracing.samplePercent,
    tracestate: parent === undefined ? '' : (headers.get('tracestate') ?? ''),
  }
  send(headers, span, received)
  return span
}

/** At the edge nobody may choose the name of a span: what comes from outside passes as nginx would pass it. */
function nameOf({ side }: Tracing, context: RequestContext, edge: boolean): string {
  const { headers } = context.head
  if (side === 'outbound') {
    const operation = context.route === undefined ? undefined : operationOf(context.route.route)
    if (operation === undefined) return `egress ${context.authority}`
    headers.set(OPERATION, operation)
    return operation
  }
  if (edge) return 'ingress'
  const told = headers.get(OPERATION)
  if (told === undefined) return 'ingress'
  headers.remove(OPERATION)
  return told === '' ? 'ingress' : told
}
