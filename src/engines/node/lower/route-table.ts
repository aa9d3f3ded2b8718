// A route table to a plan: which virtual host an authority belongs to.
import type { DirectResponse, RouteTable } from '../../../ir/route.ts'
import { type HostPlan, lowerVirtualHost, type PlanProblem } from './virtual-host.ts'

export interface TablePlan {
  readonly table: RouteTable
  readonly fallback: DirectResponse | undefined
  readonly problems: readonly PlanProblem[]
  /** The virtual host of an authority as sent (port and case are ignored): exact, then the longest suffix, then `*`. */
  host(authority: string): HostPlan | undefined
}

const plans = new WeakMap<RouteTable, TablePlan>()

/** The plan of a table; virtual hosts that did not change keep theirs. */
export function lowerRouteTable(table: RouteTable): TablePlan {
  const known = plans.get(table)
  if (known !== undefined) return known
  const exact = new Map<string, HostPlan>()
  const problems: PlanProblem[] = []
  /** By suffix with its leading dot. */
  const suffixes = new Map<string, HostPlan>()
  let any: HostPlan | undefined
  for (const host of table.virtualHosts) {
    const plan = lowerVirtualHost(host)
    problems.push(...plan.problems)
    for (const domain of host.domains) {
      if (domain === '*') any ??= plan
      else if (domain.startsWith('*')) setFirst(suffixes, domain.slice(1), plan)
      else setFirst(exact, domain, plan)
    }
  }
  const plan: TablePlan = {
    table,
    fallback: table.fallback,
    problems,
    host: (authority) => {
      const name = hostName(authority)
      const found = exact.get(name)
      if (found !== undefined) return found
      if (suffixes.size > 0) {
        for (let dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1)) {
          const match = suffixes.get(name.slice(dot))
          if (match !== undefined) return match
        }
      }
      return any
    },
  }
  plans.set(table, plan)
  return plan
}

function setFirst(map: Map<string, HostPlan>, key: string, plan: HostPlan): void {
  if (!map.has(key)) map.set(key, plan)
}

const UPPER = /[A-Z]/

/** The host part of an authority, lower case, without port; brackets of an IPv6 address stay. */
export function hostName(authority: string): string {
  let name = authority
  if (authority.includes(':')) {
    const colon = authority.lastIndexOf(':')
    if (authority.charCodeAt(authority.length - 1) !== 93 && authority.indexOf(']') < colon)
      name = authority.slice(0, colon)
  }
  // A fully qualified name may end with its root dot.
  if (name.charCodeAt(name.length - 1) === 46) name = name.slice(0, -1)
  return UPPER.test(name) ? name.toLowerCase() : name
}
