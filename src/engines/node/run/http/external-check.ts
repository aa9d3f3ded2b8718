// ext-authz: asks an authorizer over HTTP about a request. Only 200 lets it go on; without a usable answer it is refused, unless the authorizer is to fail open.
import { STATUS_CODES } from 'node:http'
import type { ExtAuthzPlan } from '../../lower/filters/ext-authz.ts'
import type { ProxyServices } from '../proxy-services.ts'
import { type SideAnswer, sendSideRequest } from '../upstream/side-request.ts'
import type { UpstreamRequest } from '../upstream/upstream-request.ts'
import type { FilterOutcome } from './filter-outcome.ts'
import { formatSource } from './format-command.ts'
import { HeaderBlock } from './header-block.ts'
import type { RequestContext } from './request-context.ts'

/** Of the answer's body; more is no answer. */
const MAX_ANSWER = 1_000_000
/** In an answer: fields to take away from the request, joined by commas. */
const TO_REMOVE = 'x-envoy-auth-headers-to-remove'
/** Fields that say where a message ends or who it is for: an answer does not change them. */
const FRAMING = ['content-length', 'transfer-encoding', 'connection', 'host']

/** The wait for the answer, or undefined when no rule takes the request. */
export function externalCheck(
  plan: ExtAuthzPlan,
  context: RequestContext,
  services: ProxyServices,
): FilterOutcome {
  const { authorizer } = plan
  if (plan.unchecked(context, context).allowed) return undefined
  const cluster = services.cluster(authorizer.cluster)
  if (authorizer.protocol === 'grpc' || cluster === undefined) return withoutAnswer(plan)
  const { body } = authorizer
  return {
    check: {
      bodyBytes: body?.maxBytes ?? 0,
      allowPartial: body?.allowPartial ?? true,
      start: (bytes, partial, done) =>
        sendSideRequest({
          cluster,
          request: checkRequest(plan, context, body === undefined ? undefined : { bytes, partial }),
          body: bytes.length === 0 ? undefined : bytes,
          timeoutMs: authorizer.timeoutMs,
          maxBytes: MAX_ANSWER,
          done: (answer) => done('failure' in answer ? withoutAnswer(plan) : judge(plan, context, answer)),
        }),
    },
  }
}

function checkRequest(
  { authorizer, sends, adds }: ExtAuthzPlan,
  context: RequestContext,
  body: { readonly bytes: Buffer; readonly partial: boolean } | undefined,
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

/** The authorizer did not answer, or not as one: closed, or open when the user wants that. */
function withoutAnswer({ authorizer: { failOpen, statusOnError } }: ExtAuthzPlan): FilterOutcome {
  return failOpen ? undefined : { reply: { status: statusOnError, flag: 'UAEX', details: 'ext_authz_error' } }
}

function judge(plan: ExtAuthzPlan, context: RequestContext, answer: SideAnswer): FilterOutcome {
  if (answer.status >= 500) return withoutAnswer(plan)
  return answer.status === 200 ? allow(plan, context, answer) : deny(plan, answer)
}

function allow(plan: ExtAuthzPlan, context: RequestContext, { headers }: SideAnswer): FilterOutcome {
  const request = context.head.headers
  const downstream: [string, string][] = []
  headers.each((name, value) => {
    if (FRAMING.includes(name)) return
    // Of several values the last one counts, as in Envoy.
    if (plan.replaces(name)) request.set(name, value)
    if (plan.allowsWith(name)) downstream.push([name, value])
  })
  for (const name of (headers.get(TO_REMOVE) ?? '').split(',')) {
    const field = name.trim().toLowerCase()
    if (!FRAMING.includes(field)) request.remove(field)
  }
  return downstream.length === 0 ? undefined : { responseHeaders: downstream }
}

function deny(plan: ExtAuthzPlan, { status, headers, body }: SideAnswer): FilterOutcome {
  const own: [string, string][] = []
  headers.each((name, value) => {
    if (name !== 'content-type' && plan.refusesWith(name)) own.push([name, value])
  })
  // A status that is none of a final answer cannot be passed on.
  const known = STATUS_CODES[status] !== undefined && status >= 201 ? status : 403
  return {
    reply: {
      status: known,
      body: body.toString('latin1'),
      headers: own,
      flag: 'UAEX',
      details: 'ext_authz_denied',
    },
  }
}
