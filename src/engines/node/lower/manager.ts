// An HTTP manager to a plan.
import type { HttpManager } from '../../../ir/listener.ts'
import { type FilterPlan, filterPlans } from './filters.ts'
import { lowerRouteTable, type TablePlan } from './route-table.ts'

export interface ManagerPlan {
  readonly manager: HttpManager
  readonly table: TablePlan
  readonly filters: readonly FilterPlan[]
  /** Filters for every request that could not be built: nobody may get past them. */
  readonly refusal: string | undefined
}

const plans = new WeakMap<HttpManager, ManagerPlan>()

/** The plan of a manager; the same object gives the same plan. */
export function lowerManager(manager: HttpManager): ManagerPlan {
  let plan = plans.get(manager)
  if (plan === undefined) {
    plan = { manager, table: lowerRouteTable(manager.routes), ...lowerFilters(manager) }
    plans.set(manager, plan)
  }
  return plan
}

function lowerFilters(manager: HttpManager): Pick<ManagerPlan, 'filters' | 'refusal'> {
  try {
    return { filters: filterPlans(manager.filters), refusal: undefined }
  } catch (error) {
    return { filters: [], refusal: `filters cannot be built: ${String(error)}` }
  }
}
