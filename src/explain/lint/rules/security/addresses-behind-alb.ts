// Policies on addresses at a gateway that sees the load balancer instead of the client.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { AuthorizationPolicy } from '../../../../resources/authorization-policy.ts'
import { AUTHORIZATION_POLICY } from '../../../../resources/kinds.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'
import { hasLabels } from '../../world.ts'

const FIELDS = ['ipBlocks', 'notIpBlocks', 'remoteIpBlocks', 'notRemoteIpBlocks'] as const

export const addressesBehindAlb = rule({
  codes: ['SP0605'],
  check: (world) => {
    const behind = [
      ...new Set(
        world
          .edges()
          .filter(({ from, to }) => from.kind === 'alb' && to.kind === 'gateway')
          .map(({ to }) => to),
      ),
    ]
    if (behind.length === 0) return []
    return perObject<AuthorizationPolicy>(world, AUTHORIZATION_POLICY, ({ object, origin }) => {
      const namespace = object.metadata.namespace ?? ''
      const gateway = behind.find(
        ({ workload }) =>
          (workload.namespace === namespace || namespace === world.snapshot.platform.rootNamespace) &&
          hasLabels(workload.labels, object.spec?.selector?.matchLabels ?? {}),
      )
      if (gateway === undefined) return []
      return (object.spec?.rules ?? []).flatMap((one, index) =>
        (one.from ?? []).flatMap(({ source }, position) =>
          FIELDS.filter((field) => (source?.[field] ?? []).length > 0).map((field) =>
            diagnostic(
              'SP0605',
              origin(`spec.rules[${index}].from[${position}].source.${field}`),
              `${gateway.id} is reached through the load balancer, so ${field} is compared with an address of the load balancer.`,
            ),
          ),
        ),
      )
    })
  },
})
