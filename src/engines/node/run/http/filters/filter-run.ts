// Runs one filter's plan on a request whose head has come.

import type { CorsPlan } from '../../../lower/filters/cors.ts'
import type { FaultPlan } from '../../../lower/filters/fault.ts'
import type { RateLimitPlan } from '../../../lower/filters/rate-limit.ts'
import type { FilterPlan } from '../../../lower/filters.ts'
import { monotonic } from '../../clock.ts'
import type { ProxyServices } from '../../proxy-services.ts'
import type { RequestContext } from '../request-context.ts'
import { authenticate } from './authenticate.ts'
import { externalCheck } from './external-check.ts'
import type { FilterOutcome } from './filter-outcome.ts'
import { isPreflight } from './is-preflight.ts'

export function runFilter(plan: FilterPlan, context: RequestContext, services: ProxyServices): FilterOutcome {
  switch (plan.kind) {
    case 'rbac': {
      const { allowed, rule } = plan.decide(context, context)
      if (allowed) return undefined
      const details = `rbac_access_denied_matched_policy[${rule}]`
      return { reply: { status: 403, body: 'RBAC: access denied', details } }
    }
    case 'ext-authz':
      return externalCheck(plan, context, services)
    case 'jwt':
      return authenticate(plan, context)
    case 'body-limit':
      return plan.bytes === 0 ? undefined : { bodyLimit: plan.bytes }
    case 'fault':
      return fault(plan, services.random)
    case 'rate-limit':
      return rateLimit(plan, context, services)
    case 'cors':
      return cors(plan, context)
  }
}

function fault({ delay, abort }: FaultPlan, random: () => number): FilterOutcome {
  const delayed = delay !== undefined && random() * 100 < delay.percent
  const aborted = abort !== undefined && random() * 100 < abort.percent
  if (!delayed && !aborted) return undefined
  return {
    ...(delayed ? { delayMs: delay.ms } : {}),
    ...(aborted
      ? {
          reply: {
            status: abort.status,
            body: 'fault filter abort',
            flag: 'FI',
            details: 'fault_filter_abort',
          },
        }
      : {}),
  }
}

function rateLimit(plan: RateLimitPlan, context: RequestContext, services: ProxyServices): FilterOutcome {
  const key = plan.keyHeader === undefined ? '' : (context.header(plan.keyHeader) ?? '')
  if (services.limiter(plan).take(key, monotonic())) return undefined
  return {
    reply: { status: plan.status, body: 'local_rate_limited', flag: 'RL', details: 'local_rate_limited' },
  }
}

function cors(plan: CorsPlan, context: RequestContext): FilterOutcome {
  const origin = context.header('origin')
  // As in Envoy, redirects and answers of a route are nobody's to share.
  if (origin === undefined || context.route?.route.action.kind !== 'forward') return undefined
  const preflight = isPreflight(context)
  if (!plan.allows(origin)) {
    if (!preflight || !plan.ignoreUnmatchedPreflights) return undefined
    // As in Envoy: without the origin no browser takes the rest for leave.
    return { reply: { status: 200, details: 'cors_response', headers: plan.preflight } }
  }
  const allowed: [string, string] = ['access-control-allow-origin', origin]
  if (preflight) {
    return { reply: { status: 200, details: 'cors_response', headers: [allowed, ...plan.preflight] } }
  }
  return { responseHeaders: [allowed, ...plan.actual] }
}
