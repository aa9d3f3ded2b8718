// What stands before every route of a gateway or sidecar: an authorizer is asked, tokens are verified, then policies decide.
import type { Origin } from '../../diagnostics/origin.ts'
import type { Filter } from '../../ir/filter.ts'
import type { Read } from '../graph/query.ts'
import type { WorkloadPolicies } from './authorization.ts'
import { providersFor } from './request-authentication.ts'

/** In FILTER_ORDER. */
export function securityFilters(
  read: Read,
  workload: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
  { policies: all, authorizer }: WorkloadPolicies,
  origin: Origin,
): readonly Filter[] {
  const providers = providersFor(read, workload.namespace, workload.labels)
  const custom = all.filter(({ action }) => action === 'custom')
  const policies = all.filter(({ action }) => action !== 'custom')
  return [
    ...(authorizer === undefined
      ? []
      : [{ kind: 'ext-authz' as const, config: { policies: custom, authorizer }, origin }]),
    ...(providers.length === 0 ? [] : [{ kind: 'jwt' as const, config: { providers }, origin }]),
    ...(policies.length === 0 ? [] : [{ kind: 'rbac' as const, config: { policies }, origin }]),
  ]
}
