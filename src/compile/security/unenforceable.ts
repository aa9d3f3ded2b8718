// What of an AuthorizationPolicy cannot be enforced here. Such a policy is refused at admission; when it is stored already, it denies.
import type { AuthorizationPolicy } from '../../resources/authorization-policy.ts'
import { isTargeted, TARGETED } from './policy-scope.ts'
import { tokenCondition } from './rule.ts'

export interface Refusal {
  readonly field: string
  readonly message: string
}

const CONDITIONS = [
  'source.ip',
  'remote.ip',
  'source.namespace',
  'source.serviceAccount',
  'source.trustDomain',
  'source.principal',
  'destination.ip',
  'destination.port',
  'connection.sni',
]

const isHeaderKey = (key: string): boolean => /^request\.headers\[[^\]]+\]$/.test(key)

function conditionRefusal(key: string): string | undefined {
  if (CONDITIONS.includes(key) || isHeaderKey(key) || tokenCondition(key) !== undefined) return undefined
  if (key.startsWith('experimental.'))
    return `Condition ${key} reads Envoy filter state, which is not supported.`
  return `Condition key "${key}" is not known.`
}

const TOO_EARLY = 'A CUSTOM policy is decided before tokens are verified, so it cannot depend on one.'

/** All reasons, each with its field; empty when the policy can be enforced. */
export function unenforceable(policy: AuthorizationPolicy): readonly Refusal[] {
  const { spec } = policy
  const refusals: Refusal[] = []
  const refuse = (field: string, message: string): number => refusals.push({ field, message })
  const custom = spec?.action === 'CUSTOM'
  if (isTargeted(spec)) refusals.push(TARGETED)
  for (const [r, rule] of (spec?.rules ?? []).entries()) {
    for (const [f, { source }] of (rule.from ?? []).entries()) {
      for (const field of ['requestPrincipals', 'notRequestPrincipals'] as const) {
        if (custom && source?.[field] !== undefined)
          refuse(`spec.rules[${r}].from[${f}].source.${field}`, TOO_EARLY)
      }
    }
    for (const [w, condition] of (rule.when ?? []).entries()) {
      const key = condition.key ?? ''
      const refusal = custom && tokenCondition(key) !== undefined ? TOO_EARLY : conditionRefusal(key)
      if (refusal !== undefined) refuse(`spec.rules[${r}].when[${w}].key`, refusal)
    }
  }
  return refusals
}
