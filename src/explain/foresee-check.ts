// What is known beforehand of a question to an external authorizer: whether it is asked, and that it cannot be.
import type { Cluster } from '../ir/cluster.ts'
import type { Filter } from '../ir/filter.ts'
import { decide, type Subject } from './policy.ts'
import { usableEndpoint } from './spread.ts'
import type { Verdict } from './verdict.ts'

export function foreseeCheck(
  { config: { policies, authorizer } }: Filter<'ext-authz'>,
  subject: Subject,
  clusters: readonly Cluster[],
): Verdict {
  const matched = decide(
    policies.map((policy) => ({ ...policy, action: 'deny' })),
    subject,
  )
  if (matched.allowed || matched.by === undefined) return {}
  const { by } = matched
  const asked = `CUSTOM rule ${by.rule} of ${by.policy} has ${authorizer.name} asked`
  const cluster = clusters.find(({ name }) => name === authorizer.cluster)
  const reachable =
    cluster !== undefined && cluster.refuse === undefined && usableEndpoint(cluster) !== undefined
  if (reachable)
    return { decision: { allowed: true, because: `${asked}; what it answers is not known here`, by } }
  const trouble = cluster?.refuse?.message ?? `${authorizer.cluster} has no ready endpoint`
  if (authorizer.failOpen)
    return { decision: { allowed: true, because: `${asked}, which fails open: ${trouble}`, by } }
  return {
    decision: { allowed: false, because: `${asked}, and it cannot be: ${trouble}`, by },
    outcome: {
      kind: 'proxy',
      ok: false,
      status: authorizer.statusOnError,
      flag: 'UAEX',
      summary: `the external authorizer ${authorizer.name} cannot be asked: ${trouble}`,
      advice: 'Bring up the Service of the authorizer; until then requests are refused.',
      origin: authorizer.origin,
    },
  }
}
