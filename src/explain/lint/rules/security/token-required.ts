// RequestAuthentications that let requests without a token through, because nothing asks for one.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { HttpManager } from '../../../../ir/listener.ts'
import type { Predicate } from '../../../../ir/policy.ts'
import { filterOf, managersOf } from '../../managers.ts'
import { rule } from '../../rule.ts'

function readsToken(predicate: Predicate): boolean {
  if (predicate.kind === 'all' || predicate.kind === 'any') return predicate.of.some(readsToken)
  if (predicate.kind === 'not') return readsToken(predicate.of)
  return predicate.kind === 'match' && predicate.attribute.of === 'claim'
}

/** A policy or a route of it depends on who the token is about. */
function asksForToken(manager: HttpManager): boolean {
  const policies = filterOf(manager, 'rbac')?.config.policies ?? []
  const byPolicy = policies.some(
    ({ action, dryRun, rules }) =>
      action !== 'audit' &&
      dryRun !== true &&
      rules.some(({ principals, permissions }) => readsToken(principals) || readsToken(permissions)),
  )
  return (
    byPolicy ||
    manager.routes.virtualHosts.some(({ routes }) => routes.some(({ match }) => match.claims !== undefined))
  )
}

export const tokenRequired = rule({
  codes: ['SP0608'],
  check: ({ model }) =>
    managersOf(model)
      .filter(({ manager }) => !asksForToken(manager))
      .flatMap(({ proxy, manager }) =>
        (filterOf(manager, 'jwt')?.config.providers ?? []).map(({ issuer, origin }) =>
          diagnostic(
            'SP0608',
            origin,
            `Requests to ${proxy.workload.namespace}/${proxy.workload.name} pass without a token of ${issuer}.`,
          ),
        ),
      ),
})
