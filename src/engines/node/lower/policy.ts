// A policy set to one decision function (Istio AuthorizationPolicy order: DENY, then ALLOW).
import type { Policy, PolicySet } from '../../../ir/policy.ts'
import { type PredicateTest, predicateTest } from './predicate.ts'
import type { PeerView, RequestView } from './request-view.ts'

/** `rule` is Istio's name of the rule that decided, or `none` when an ALLOW policy exists and no rule matched. */
export interface Decision {
  readonly allowed: boolean
  readonly rule: string
}

export type PolicyTest = (peer: PeerView, request: RequestView | undefined) => Decision

interface CompiledPolicy {
  readonly name: string
  readonly rules: readonly { readonly principals: PredicateTest; readonly permissions: PredicateTest }[]
}

const ALLOWED: Decision = { allowed: true, rule: 'none' }
const NO_RULE: Decision = { allowed: false, rule: 'none' }

/** Compiles the enforced policies of a set; audit and dry-run ones never decide. */
export function policyTest(policies: PolicySet): PolicyTest {
  const enforced = policies.filter((policy) => policy.dryRun !== true)
  const deny = enforced.filter((policy) => policy.action === 'deny').map(compile)
  const allow = enforced.filter((policy) => policy.action === 'allow').map(compile)
  return (peer, request) => {
    const denied = firstMatch(deny, peer, request)
    if (denied !== undefined) return { allowed: false, rule: denied }
    if (allow.length === 0) return ALLOWED
    const matched = firstMatch(allow, peer, request)
    return matched === undefined ? NO_RULE : { allowed: true, rule: matched }
  }
}

function compile(policy: Policy): CompiledPolicy {
  return {
    name: policy.name,
    rules: policy.rules.map((rule) => ({
      principals: predicateTest(rule.principals),
      permissions: predicateTest(rule.permissions),
    })),
  }
}

function firstMatch(
  policies: readonly CompiledPolicy[],
  peer: PeerView,
  request: RequestView | undefined,
): string | undefined {
  for (const policy of policies) {
    const index = policy.rules.findIndex(
      (rule) => rule.principals(peer, request) && rule.permissions(peer, request),
    )
    if (index >= 0) return `${policy.name}-rule[${index}]`
  }
  return undefined
}
