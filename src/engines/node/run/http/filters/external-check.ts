// ext-authz: asks an authorizer about a request. Over HTTP only 200 lets it go on; without a usable answer it is refused, unless the authorizer is to fail open.

import type { ExtAuthzPlan } from '../../../lower/filters/ext-authz.ts'
import type { ProxyServices } from '../../proxy-services.ts'
import { type SideAnswer, sendSideRequest } from '../../upstream/side-request.ts'
import type { UpstreamRequest } from '../../upstream/upstream-request.ts'
import { formatSource } from '../headers/format-command.ts'
import { HeaderBlock } from '../headers/header-block.ts'
import type { RequestContext } from '../request-context.ts'
import { allowed, denied, FRAMING, withoutAnswer } from './check-answer.ts'
import type { FilterOutcome, PendingCheck } from './filter-outcome.ts'
import { grpcOutcome, grpcQuestion, grpcRequest } from './grpc-check.ts'

/** Of the answer's body; more is no answer. */
const MAX_ANSWER = 1_000_000
/** In an answer: fields to take away from the request, joined by commas. */
const TO_REMOVE = 'x-envoy-auth-headers-to-remove'

interface Body {
  readonly bytes: Buffer
  readonly partial: boolean
}

/** A question to an authorizer, and what its answer means. */
interface Exchange {
  readonly request: UpstreamRequest
  readonly body: Buffer | undefined
  readonly outcome: (answer: SideAnswer) => FilterOutcome
}

/** The wait for the answer, or undefined when no rule takes the request. */
export function externalCheck(
  plan: ExtAuthzPlan,
  context: RequestContext,
  services: ProxyServices,
): FilterOutcome {
  const { authorizer } = plan
  if (plan.unchecked(context, context).allowed) return undefined
  const cluster = services.cluster(authorizer.cluster)
  if (cluster === undefined) return withoutAnswer(plan)
  const start: PendingCheck['start'] = (bytes, partial, done) => {
    const given = authorizer.body === undefined ? undefined : { bytes, partial }
    const { outcome, ...asked } = exchange(plan, context, given)
    return sendSideRequest({
      cluster,
      ...asked,
      timeoutMs: authorizer.timeoutMs,
      maxBytes: MAX_ANSWER,
      done: (answer) => done('failure' in answer ? withoutAnswer(plan) : outcome(answer)),
    })
  }
  const { maxBytes = 0, allowPartial = true } = authorizer.body ?? {}
  return { check: { bodyBytes: maxBytes, allowPartial, start } }
}

function exchange(plan: ExtAuthzPlan, context: RequestContext, body: Body | undefined): Exchange {
  if (plan.authorizer.protocol === 'http')
    return {
      request: httpRequest(plan, context, body),
      body: body === undefined || body.bytes.length === 0 ? undefined : body.bytes,
      outcome: (answer) => httpOutcome(plan, context, answer),
    }
  const question = grpcQuestion(plan, context, body)
  return {
    request: grpcRequest(context.authority, question.length),
    body: question,
    outcome: (answer) => grpcOutcome(plan, context, answer),
  }
}

function httpRequest(
  { authorizer, sends, adds }: ExtAuthzPlan,
  context: RequestContext,
  body: Body | undefined,
): UpstreamRequest {
  const length = body?.bytes.length ?? 0
  const headers = new HeaderBlock()
  headers.add('host', context.authority)
  headers.add('content-length', String(length))
  context.head.headers.each((name, value) => {
    if (!FRAMING.includes(name) && (name === 'authorization' || sends(name))) headers.add(name, value)
  })
  if (body !== undefined && length > 0) headers.set('x-envoy-auth-partial-body', String(body.partial))
  adds?.(headers, formatSource(context))
  return {
    method: context.method,
    scheme: 'http',
    authority: context.authority,
    target: authorizer.pathPrefix + context.target,
    headers,
    body: length === 0 ? 'none' : 'length',
    upgrade: undefined,
    readTimeoutMs: 0,
  }
}

function httpOutcome(plan: ExtAuthzPlan, context: RequestContext, answer: SideAnswer): FilterOutcome {
  const { status, headers, body } = answer
  if (status >= 500) return withoutAnswer(plan)
  const own: [name: string, value: string][] = []
  headers.each((name, value) => own.push([name, value]))
  if (status !== 200) {
    const passed = own.filter(([name]) => name !== 'content-type' && plan.refusesWith(name))
    return denied(status, passed, body.toString('latin1'))
  }
  return allowed(context, {
    // Of several values the last one counts, as in Envoy.
    request: own.filter(([name]) => plan.replaces(name)).map(([name, value]) => [name, value, false]),
    remove: (headers.get(TO_REMOVE) ?? '').split(',').map((name) => name.trim().toLowerCase()),
    response: own.filter(([name]) => plan.allowsWith(name)),
  })
}
