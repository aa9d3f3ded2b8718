// A TCP proxy to a plan.
import type { TcpProxy } from '../../../ir/listener.ts'
import { type PolicyTest, policyTest } from './policy.ts'

export interface TcpPlan {
  readonly handler: TcpProxy
  /** Undefined: everybody may connect. */
  readonly decide: PolicyTest | undefined
}

const plans = new WeakMap<TcpProxy, TcpPlan>()

/** The plan of a TCP proxy; the same object gives the same plan. */
export function lowerTcpProxy(handler: TcpProxy): TcpPlan {
  let plan = plans.get(handler)
  if (plan === undefined) {
    plan = { handler, decide: handler.policies === undefined ? undefined : policyTest(handler.policies) }
    plans.set(handler, plan)
  }
  return plan
}
