// An authorizer that is asked over gRPC (envoy.service.auth.v3.Authorization/Check).
import type { ExtAuthzPlan } from '../../../lower/filters/ext-authz.ts'
import type { SideAnswer } from '../../upstream/side-request.ts'
import type { UpstreamRequest } from '../../upstream/upstream-request.ts'
import { HeaderBlock } from '../headers/header-block.ts'
import type { RequestContext } from '../request-context.ts'
import { allowed, denied, withoutAnswer } from './check-answer.ts'
import { decodeReply, encodeQuestion, headerOf } from './check-messages.ts'
import type { FilterOutcome } from './filter-outcome.ts'

const PATH = '/envoy.service.auth.v3.Authorization/Check'
const DENIED = 403

const peer = (address: string, port: number, principal?: string) => ({
  address: { socket_address: { address, port_value: port } },
  ...(principal === undefined ? {} : { principal: `spiffe://${principal}` }),
})

/** The question as a framed message. */
export function grpcQuestion(
  { authorizer, sends }: ExtAuthzPlan,
  context: RequestContext,
  body: { readonly bytes: Buffer; readonly partial: boolean } | undefined,
): Buffer {
  const headers: Record<string, string> = {
    ':method': context.method,
    ':path': context.target,
    ':authority': context.authority,
    ':scheme': context.scheme,
  }
  const all = authorizer.requestHeaders.length === 0
  context.head.headers.each((name) => {
    if (name !== 'host' && (all || sends(name))) headers[name] = context.header(name) ?? ''
  })
  if (body !== undefined) headers['x-envoy-auth-partial-body'] = String(body.partial)
  const { connection } = context
  return encodeQuestion({
    source: peer(connection.remoteAddress, connection.remotePort, context.principal),
    destination: peer(connection.localAddress, connection.localPort),
    request: {
      http: {
        id: context.requestId,
        method: context.method,
        headers,
        path: context.target,
        host: context.authority,
        scheme: context.scheme,
        size: context.head.body === 'length' ? context.head.length : -1,
        protocol: context.head.version,
        ...(body === undefined
          ? {}
          : authorizer.body?.packAsBytes === true
            ? { raw_body: body.bytes }
            : { body: body.bytes.toString('utf8') }),
      },
    },
  })
}

export function grpcRequest(authority: string, length: number): UpstreamRequest {
  const headers = new HeaderBlock()
  headers.add('host', authority)
  headers.add('content-type', 'application/grpc')
  headers.add('te', 'trailers')
  headers.add('content-length', String(length))
  return {
    method: 'POST',
    scheme: 'http',
    authority,
    target: PATH,
    headers,
    body: 'length',
    upgrade: undefined,
    readTimeoutMs: 0,
  }
}

export function grpcOutcome(plan: ExtAuthzPlan, context: RequestContext, answer: SideAnswer): FilterOutcome {
  // A call that fails may have no message: its status stands in the only head then.
  const status = answer.trailers?.get('grpc-status') ?? answer.headers.get('grpc-status')
  const reply = answer.status === 200 && status === '0' ? decodeReply(answer.body) : undefined
  if (reply === undefined) return withoutAnswer(plan)
  const { status: verdict, ok_response: ok, denied_response: refusal } = reply
  if ((verdict?.code ?? 0) !== 0) {
    const headers = (refusal?.headers ?? []).map(headerOf).map(([name, value]) => [name, value] as const)
    return denied(refusal?.status?.code || DENIED, headers, refusal?.body ?? '')
  }
  return allowed(context, {
    request: (ok?.headers ?? []).map(headerOf),
    remove: (ok?.headers_to_remove ?? []).map((name) => name.toLowerCase()),
    response: (ok?.response_headers_to_add ?? [])
      .map(headerOf)
      .map(([name, value]) => [name, value] as const),
  })
}
