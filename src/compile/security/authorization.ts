// AuthorizationPolicies as the predicates that a proxy evaluates: which apply to a workload, and what each rule means (istio.md 4).
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Policy, PolicySet } from '../../ir/policy.ts'
import type { AuthorizationPolicy } from '../../resources/authorization-policy.ts'
import { AUTHORIZATION_POLICY } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { demandTextMap } from '../demand.ts'
import { readKeys, readObject, readPlatform } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { errorText } from '../text.ts'
import { selects } from '../workload/pod-facts.ts'
import { ruleOf } from './rule.ts'
import { unenforceable } from './unenforceable.ts'

interface CompiledPolicy {
  readonly policy?: Policy
  readonly diagnostics: readonly Diagnostic[]
}

const ACTIONS = { ALLOW: 'allow', DENY: 'deny', AUDIT: 'audit' } as const

/** Fails closed: a policy that cannot be enforced denies everything it applies to, whatever its action. */
function closed(resource: Resource<AuthorizationPolicy>, name: string): Policy {
  const origin = resource.origin('')
  const always = { kind: 'all', of: [] } as const
  return { name, action: 'deny', rules: [{ principals: always, permissions: always, origin }], origin }
}

function compile(resource: Resource<AuthorizationPolicy>): CompiledPolicy {
  const { metadata, spec } = resource.object
  const name = `ns[${metadata.namespace}]-policy[${metadata.name}]`
  const refusals = unenforceable(resource.object).map(({ field, message }) =>
    diagnostic('SP0601', resource.origin(field), message),
  )
  const dryRun = metadata.annotations?.['istio.io/dry-run'] === 'true'
  if (refusals.length > 0)
    return { diagnostics: refusals, ...(dryRun ? {} : { policy: closed(resource, name) }) }
  const action = spec?.action ?? 'ALLOW'
  return {
    diagnostics: [],
    policy: {
      name,
      action: action === 'CUSTOM' ? 'deny' : ACTIONS[action],
      rules: (spec?.rules ?? []).map((rule, index) => ruleOf(rule, resource.origin(`spec.rules[${index}]`))),
      ...(dryRun ? { dryRun } : {}),
      origin: resource.origin(''),
    },
  }
}

/** One policy by `namespace/name`. */
export const authorizationPolicy = query<CompiledPolicy>(
  'authorization-policy',
  (read, key) => {
    const resource = readObject<AuthorizationPolicy>(read, AUTHORIZATION_POLICY, key)
    return resource === undefined ? { diagnostics: [] } : compile(resource)
  },
  (error, read, key) => {
    const resource = readObject<AuthorizationPolicy>(read, AUTHORIZATION_POLICY, key)
    if (resource === undefined) return { diagnostics: [] }
    const message = `AuthorizationPolicy ${key}: ${errorText(error)}`
    return {
      policy: closed(resource, `policy[${key}]`),
      diagnostics: [diagnostic('SP0105', resource.origin(''), message)],
    }
  },
)

interface Scope {
  readonly labels: Readonly<Record<string, string>>
  /** Bound to Gateway API objects, which no workload here is. */
  readonly targeted: boolean
}

const scopeOf = query<Scope>(
  'authorization-scope',
  (read, key) => {
    const spec = readObject<AuthorizationPolicy>(read, AUTHORIZATION_POLICY, key)?.object.spec
    const targeted = spec?.targetRef !== undefined || (spec?.targetRefs ?? []).length > 0
    return { labels: demandTextMap(spec?.selector?.matchLabels, 'spec.selector.matchLabels'), targeted }
  },
  // A scope that cannot be read is the whole namespace: its policy denies.
  () => ({ labels: {}, targeted: false }),
)

const keysIn = query<readonly string[]>('authorization-policies-in', (read, namespace) =>
  readKeys(read, AUTHORIZATION_POLICY).filter((key) => key.startsWith(`${namespace}/`)),
)

const order = { deny: 0, allow: 1, audit: 2 } as const

/** The policies for a workload: those of the root namespace and of its own whose selector fits, DENY before ALLOW. */
export function policiesFor(
  read: Read,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): PolicySet {
  const { rootNamespace } = readPlatform(read)
  const keys = [...new Set([rootNamespace, namespace])].flatMap((place) => read(keysIn, place))
  return keys
    .filter((key) => {
      const scope = read(scopeOf, key)
      return !scope.targeted && selects(scope.labels, labels)
    })
    .flatMap((key) => read(authorizationPolicy, key).policy ?? [])
    .sort((a, b) => order[a.action] - order[b.action])
}
