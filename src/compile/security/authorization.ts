// AuthorizationPolicies as the predicates that a proxy evaluates: which apply to a workload, and what each rule means (istio.md 4).
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Authorizer } from '../../ir/authorizer.ts'
import type { Policy, PolicySet } from '../../ir/policy.ts'
import type { AuthorizationPolicy } from '../../resources/authorization-policy.ts'
import { AUTHORIZATION_POLICY } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { errorText } from '../text.ts'
import { authorizerNamed } from './authorizer.ts'
import { policyScope } from './policy-scope.ts'
import { ruleOf } from './rule.ts'
import { unenforceable } from './unenforceable.ts'

interface CompiledPolicy {
  readonly policy?: Policy
  /** Of a CUSTOM policy. */
  readonly authorizer?: Authorizer
  readonly diagnostics: readonly Diagnostic[]
}

const ACTIONS = { ALLOW: 'allow', DENY: 'deny', AUDIT: 'audit', CUSTOM: 'custom' } as const

/** Fails closed: a policy that cannot be enforced denies everything it applies to, whatever its action. */
function denyAll({ name, origin }: Pick<Policy, 'name' | 'origin'>): Policy {
  const always = { kind: 'all', of: [] } as const
  return { name, action: 'deny', rules: [{ principals: always, permissions: always, origin }], origin }
}

const closed = (resource: Resource<AuthorizationPolicy>, name: string): Policy =>
  denyAll({ name, origin: resource.origin('') })

const DRY_RUN = 'istio.io/dry-run'

function unaskedOnTrial(resource: Resource<AuthorizationPolicy>): Diagnostic {
  const message =
    'A CUSTOM policy on trial (istio.io/dry-run) does nothing: its authorizer is not asked, and nothing is logged.'
  return diagnostic('SP0104', resource.origin(`metadata.annotations[${DRY_RUN}]`), message, {
    advice: 'Remove the annotation to enforce the policy, or leave the policy out until then.',
  })
}

function compile(read: Read, resource: Resource<AuthorizationPolicy>): CompiledPolicy {
  const { metadata, spec } = resource.object
  const name = `ns[${metadata.namespace}]-policy[${metadata.name}]`
  const refusals = unenforceable(resource.object).map(({ field, message }) =>
    diagnostic('SP0601', resource.origin(field), message),
  )
  const dryRun = metadata.annotations?.[DRY_RUN] === 'true'
  if (refusals.length > 0)
    return { diagnostics: refusals, ...(dryRun ? {} : { policy: closed(resource, name) }) }
  const action = spec?.action ?? 'ALLOW'
  const policy: Policy = {
    name,
    action: ACTIONS[action],
    rules: (spec?.rules ?? []).map((rule, index) => ruleOf(rule, resource.origin(`spec.rules[${index}]`))),
    ...(dryRun ? { dryRun } : {}),
    origin: resource.origin(''),
  }
  if (action !== 'CUSTOM') return { diagnostics: [], policy }
  if (dryRun) return { diagnostics: [unaskedOnTrial(resource)] }
  const origin = resource.origin('spec.provider.name')
  const authorizer = authorizerNamed(read, spec?.provider?.name ?? '', origin)
  if ('code' in authorizer) {
    const { code, message } = authorizer
    return { diagnostics: [diagnostic(code, origin, message)], policy: closed(resource, name) }
  }
  return { diagnostics: [], policy, authorizer }
}

/** One policy by `namespace/name`. */
export const authorizationPolicy = query<CompiledPolicy>(
  'authorization-policy',
  (read, key) => {
    const resource = readObject<AuthorizationPolicy>(read, AUTHORIZATION_POLICY, key)
    return resource === undefined ? { diagnostics: [] } : compile(read, resource)
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

const order = { custom: 0, deny: 1, allow: 2, audit: 3 } as const

/** Which workloads a policy is for. */
export const authorizationScope = policyScope(AUTHORIZATION_POLICY)

export interface WorkloadPolicies {
  /** CUSTOM before DENY before ALLOW. */
  readonly policies: PolicySet
  /** Of the CUSTOM ones. */
  readonly authorizer?: Authorizer
}

/** Istio takes one authorizer per workload: policies that ask several deny instead. */
function oneAuthorizer(found: readonly CompiledPolicy[]): WorkloadPolicies {
  const [authorizer, ...others] = found.flatMap((one) => one.authorizer ?? [])
  const policies = found.flatMap(({ policy }) => policy ?? [])
  if (authorizer === undefined) return { policies }
  if (others.every(({ name }) => name === authorizer.name)) return { policies, authorizer }
  return {
    policies: policies.map((policy) => (policy.action === 'custom' ? denyAll(policy) : policy)),
  }
}

/** The policies for a workload: those of the root namespace and of its own whose selector fits. */
export function policiesFor(
  read: Read,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): WorkloadPolicies {
  const found = authorizationScope
    .keysFor(read, { namespace, labels })
    .map((key) => read(authorizationPolicy, key))
  const { policies, ...rest } = oneAuthorizer(found)
  return { policies: [...policies].sort((a, b) => order[a.action] - order[b.action]), ...rest }
}
