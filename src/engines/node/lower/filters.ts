// Filters to plans, one row per kind: a kind that is forgotten here does not compile.
import type { Filter, FilterKind } from '../../../ir/filter.ts'
import type { FilterSupport } from '../../engine.ts'
import { type BodyLimitPlan, bodyLimitPlan } from './filters/body-limit.ts'
import { type CorsPlan, corsPlan } from './filters/cors.ts'
import { type ExtAuthzPlan, extAuthzPlan } from './filters/ext-authz.ts'
import { type FaultPlan, faultPlan } from './filters/fault.ts'
import { type JwtPlan, jwtPlan } from './filters/jwt.ts'
import { type RateLimitPlan, rateLimitPlan } from './filters/rate-limit.ts'
import { type RbacPlan, rbacPlan } from './filters/rbac.ts'

export type FilterPlan =
  | BodyLimitPlan
  | RateLimitPlan
  | ExtAuthzPlan
  | JwtPlan
  | RbacPlan
  | FaultPlan
  | CorsPlan

/** What this engine does for each filter. */
export const filterSupport: FilterSupport<FilterPlan> = {
  'body-limit': bodyLimitPlan,
  'rate-limit': rateLimitPlan,
  'ext-authz': extAuthzPlan,
  jwt: jwtPlan,
  rbac: rbacPlan,
  fault: faultPlan,
  cors: corsPlan,
}

const NONE: readonly FilterPlan[] = []
const plans = new WeakMap<Filter, FilterPlan>()

/** The plans of filters in their order; the same filter gives the same plan. */
export function filterPlans(filters: readonly Filter[] | undefined): readonly FilterPlan[] {
  if (filters === undefined || filters.length === 0) return NONE
  const out: FilterPlan[] = []
  for (const filter of filters) {
    let plan = plans.get(filter)
    if (plan === undefined) {
      plan = lowerFilter(filter)
      if (plan === undefined) continue
      plans.set(filter, plan)
    }
    out.push(plan)
  }
  return out
}

function lowerFilter<K extends FilterKind>(filter: Filter<K>): FilterPlan | undefined {
  const support = filterSupport[filter.kind as K]
  return typeof support === 'function' ? support(filter) : undefined
}
