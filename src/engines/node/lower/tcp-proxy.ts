// A TCP proxy to a plan.
import type { TcpProxy } from '../../../ir/listener.ts'
import { type PolicyTest, policyTest } from './policy.ts'

export interface TcpPlan {
  readonly handler: TcpProxy
  /** Undefined: everybody may connect. */
  readonly decide: PolicyTest | undefined
  /** Policies that could not be built: nobody may get past them. */
  readonly refusal: string | undefined
}

const plans = new WeakMap<TcpProxy, TcpPlan>()

/** The plan of a TCP proxy; the same object gives the same plan. */
export function lowerTcpProxy(handler: TcpProxy): TcpPlan {
  let plan = plans.get(handler)
  if (plan === undefined) {
    plan = { handler, ...lowerPolicies(handler) }
    plans.set(handler, plan)
  }
  return plan
}

function lowerPolicies({ policies }: TcpProxy): Pick<TcpPlan, 'decide' | 'refusal'> {
  try {
    return { decide: policies === undefined ? undefined : policyTest(policies), refusal: undefined }
  } catch (error) {
    return { decide: undefined, refusal: `policies cannot be built: ${String(error)}` }
  }
}
