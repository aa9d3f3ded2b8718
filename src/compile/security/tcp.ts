// AuthorizationPolicies on byte streams: HTTP conditions cannot be seen there. An ALLOW rule with one vanishes, a DENY rule loses it and widens (istio.md 4).
import type { PolicySet, Predicate } from '../../ir/policy.ts'

const isHttp = (predicate: Predicate): boolean =>
  predicate.kind === 'path-template' ||
  (predicate.kind === 'match' &&
    ['method', 'path', 'host', 'header', 'claim'].includes(predicate.attribute.of))

function mentionsHttp(predicate: Predicate): boolean {
  if (predicate.kind === 'all' || predicate.kind === 'any') return predicate.of.some(mentionsHttp)
  return predicate.kind === 'not' ? mentionsHttp(predicate.of) : isHttp(predicate)
}

const always: Predicate = { kind: 'all', of: [] }

/** The predicate without its HTTP parts: a list of HTTP values, negated or not, says nothing any more. */
function withoutHttp(predicate: Predicate): Predicate {
  if (!mentionsHttp(predicate)) return predicate
  if (predicate.kind !== 'all') {
    // The alternatives of one field are all HTTP; those of from[] and to[] are blocks that keep their other parts.
    const blocks = predicate.kind === 'any' && !predicate.of.every((one) => isHttp(one))
    return blocks ? { kind: 'any', of: predicate.of.map(withoutHttp) } : always
  }
  return { kind: 'all', of: predicate.of.map(withoutHttp) }
}

/** The policies as a TCP proxy can evaluate them. */
export function tcpPolicies(policies: PolicySet): PolicySet {
  return policies.map((policy) => {
    const rules =
      policy.action === 'allow'
        ? policy.rules.filter((rule) => !mentionsHttp(rule.permissions) && !mentionsHttp(rule.principals))
        : policy.rules.map((rule) => ({
            ...rule,
            principals: withoutHttp(rule.principals),
            permissions: withoutHttp(rule.permissions),
          }))
    // Nobody is asked about bytes: what would have to be asked about is denied.
    return { ...policy, action: policy.action === 'custom' ? 'deny' : policy.action, rules }
  })
}
