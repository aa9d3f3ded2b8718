// What the filters of a manager and of the chosen route do with a request, in their order: decisions to show, and an answer when one of them answers.
import type { Cluster } from '../ir/cluster.ts'
import type { Filter } from '../ir/filter.ts'
import type { Claims } from '../ir/jwt.ts'
import type { HttpManager } from '../ir/listener.ts'
import type { Route } from '../ir/route.ts'
import type { Verification } from '../ir/token/judge-tokens.ts'
import { authenticate } from './authenticate.ts'
import { foreseeCheck } from './foresee-check.ts'
import type { Approach, Flight, Hop } from './hop.ts'
import { isPreflight } from './is-preflight.ts'
import { matchesString } from './match.ts'
import { decide, type PolicyDecision, type Subject } from './policy.ts'
import type { Answered, Verdict } from './verdict.ts'

export interface Filtered extends Chosen {
  readonly decisions: readonly PolicyDecision[]
  /** As filters leave it. */
  readonly flight: Flight
  /** Undefined: the request goes on. */
  readonly outcome?: Answered
}

/** The route of a request, and those that were not. */
export interface Chosen {
  readonly route?: Route
  readonly nearMisses: Hop['nearMisses']
}

/** A request at the filters of a manager. */
export interface Arrival {
  readonly manager: HttpManager
  readonly flight: Flight
  readonly clientAddress: string
  readonly approach: Approach
  readonly tls: Hop['tls']
  readonly verification: Verification
  /** Of the proxy. */
  readonly clusters: readonly Cluster[]
  /** Filters run whether or not there is a route. */
  readonly choose: (flight: Flight, claims: Claims | undefined) => Chosen
}

/** A request at one filter. */
interface AtFilter extends Arrival {
  readonly route: Route | undefined
  readonly claims: Claims | undefined
}

/** Runs the manager's filters, then the route's: the one that is right once tokens are verified. */
export function runFilters(arrival: Arrival): Filtered {
  const decisions: PolicyDecision[] = []
  let { flight } = arrival
  let claims: Claims | undefined
  let chosen = arrival.choose(flight, undefined)
  const pass = (filters: readonly Filter[] = []): Answered | undefined => {
    for (const filter of filters) {
      const verdict = run(filter, { ...arrival, flight, claims, route: chosen.route })
      if (verdict.decision) decisions.push(verdict.decision)
      if (verdict.flight) {
        flight = verdict.flight
        claims = verdict.claims
        chosen = arrival.choose(flight, claims)
      }
      if (verdict.outcome) return verdict.outcome
    }
    return undefined
  }
  const outcome = pass(arrival.manager.filters) ?? pass(chosen.route?.filters)
  return { decisions, flight, ...chosen, ...(outcome ? { outcome } : {}) }
}

function run(filter: Filter, at: AtFilter): Verdict {
  switch (filter.kind) {
    case 'ext-authz':
      return foreseeCheck(filter, subjectOf(at), at.clusters)
    case 'jwt':
      return authenticate(filter, at.flight, at.verification)
    case 'rbac':
      return authorize(filter, at)
    case 'body-limit':
      return limitBody(filter, at.flight)
    case 'rate-limit':
      return limitRate(filter)
    case 'fault':
      return injectFault(filter)
    case 'cors':
      // As in the engines, redirects and answers of a route are nobody's to share.
      return at.route?.action.kind === 'forward' ? answerPreflight(filter, at.flight) : {}
  }
}

function authorize({ config, origin }: Filter<'rbac'>, at: AtFilter): Verdict {
  const decision = decide(config.policies, subjectOf(at))
  if (decision.allowed) return { decision }
  return {
    decision,
    outcome: {
      kind: 'proxy',
      ok: false,
      status: 403,
      cause: 'denied',
      summary: `RBAC: access denied (${decision.because})`,
      advice: 'Add a rule that allows this caller and operation, or correct the one that denies it.',
      origin: decision.by?.origin ?? decision.lacking?.[0] ?? at.route?.origin ?? origin,
    },
  }
}

function subjectOf({ flight, clientAddress, approach, tls, claims }: AtFilter): Subject {
  const uri = tls?.client.given?.sans.uri.find((name) => name.startsWith('spiffe://'))
  return {
    ...(uri === undefined ? {} : { principal: uri.slice('spiffe://'.length) }),
    ...(approach.opening.sni === undefined ? {} : { sni: approach.opening.sni }),
    sourceIp: approach.sourceIp,
    remoteIp: clientAddress,
    destinationIp: approach.address,
    destinationPort: approach.port,
    method: flight.method,
    path: flight.target.split('?', 1)[0] ?? '/',
    host: flight.authority,
    headers: flight.headers,
    ...(claims ? { claims } : {}),
  }
}

function limitBody({ config: { bytes }, origin }: Filter<'body-limit'>, { bodyBytes = 0 }: Flight): Verdict {
  if (bytes === 0 || bodyBytes <= bytes) return {}
  return {
    outcome: {
      kind: 'proxy',
      ok: false,
      status: 413,
      cause: 'too-large',
      summary: `the body of ${bodyBytes} bytes is above the limit of ${bytes}`,
      advice: 'Raise the limit (client-max-body-size), or send less.',
      origin,
    },
  }
}

/** One request is never too many: the limit is told, not applied. */
function limitRate({ config, origin }: Filter<'rate-limit'>): Verdict {
  const { tokens, intervalMs, burst, keyHeader, status } = config
  const whose = keyHeader === undefined ? '' : ` for each value of ${keyHeader}`
  return {
    decision: {
      allowed: true,
      because: `rate limit: ${tokens} in ${intervalMs} ms${whose}, at most ${tokens + burst} at once, then ${status}`,
      by: { policy: 'rate limit', rule: 0, origin },
    },
  }
}

function injectFault({ config: { abort }, origin }: Filter<'fault'>): Verdict {
  if (abort === undefined || abort.percent < 100) return {}
  return {
    outcome: {
      kind: 'proxy',
      ok: false,
      status: abort.status,
      flag: 'FI',
      cause: 'fault',
      summary: 'fault injected',
      advice: 'Remove the fault from the route (VirtualService http[].fault).',
      origin,
    },
  }
}

function answerPreflight({ config, origin }: Filter<'cors'>, { method, headers }: Flight): Verdict {
  const from = headers.get('origin')
  if (from === undefined || !isPreflight({ method, headers })) return {}
  const allowed = config.allowOrigins.some((one) => matchesString(one, from))
  if (!allowed && config.unmatchedPreflights === 'forward') return {}
  return {
    outcome: {
      kind: 'proxy',
      ok: allowed,
      status: 200,
      summary: allowed
        ? `preflight from ${from} answered`
        : `preflight from ${from} answered without allowing it`,
      advice: `Add ${from} to corsPolicy.allowOrigins.`,
      origin,
    },
  }
}
