// rbac: AuthorizationPolicy on requests.
import type { Filter } from '../../../../ir/filter.ts'
import { type PolicyTest, policyTest } from '../policy.ts'

export interface RbacPlan {
  readonly kind: 'rbac'
  readonly decide: PolicyTest
}

export function rbacPlan(filter: Filter<'rbac'>): RbacPlan {
  return { kind: 'rbac', decide: policyTest(filter.config.policies) }
}
