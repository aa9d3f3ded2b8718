// An HTTP manager to a plan.
import type { HttpManager } from '../../../ir/listener.ts'
import { type FilterPlan, filterPlans } from './filters.ts'
import { lowerRouteTable, type TablePlan } from './route-table.ts'

export interface ManagerPlan {
  readonly manager: HttpManager
  readonly table: TablePlan
  readonly filters: readonly FilterPlan[]
}

const plans = new WeakMap<HttpManager, ManagerPlan>()

/** The plan of a manager; the same object gives the same plan. */
export function lowerManager(manager: HttpManager): ManagerPlan {
  let plan = plans.get(manager)
  if (plan === undefined) {
    plan = { manager, table: lowerRouteTable(manager.routes), filters: filterPlans(manager.filters) }
    plans.set(manager, plan)
  }
  return plan
}
