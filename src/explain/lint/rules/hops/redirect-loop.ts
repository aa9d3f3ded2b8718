// A redirect to https behind a load balancer that ended TLS: the client comes back the same way, for ever.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { selectVirtualHost } from '../../../select.ts'
import { rule } from '../../rule.ts'

export const redirectLoop = rule({
  codes: ['SP0410'],
  check: (world) =>
    world.edges().flatMap(({ from, to, cluster, approach, chain, uses }) => {
      if (from.kind !== 'alb' || to.kind !== 'gateway' || approach.opening.transport !== 'plaintext')
        return []
      if (chain?.handler.kind !== 'http') return []
      const { routes } = chain.handler
      const hosts = [...new Set(uses.flatMap((use) => use.authorities))]
      return hosts.flatMap((host) => {
        const found = selectVirtualHost(routes, host)
        const redirecting = found?.routes.find(
          ({ action }) =>
            action.kind === 'redirect' &&
            action.scheme === 'https' &&
            (action.authority === undefined || action.authority === host) &&
            action.path === undefined,
        )
        const origin = found?.requireTls === undefined ? redirecting?.origin : found.origin
        if (origin === undefined) return []
        return [
          diagnostic(
            'SP0410',
            origin,
            `${from.id} ends TLS for ${host} and speaks plain HTTP to ${to.id}, which redirects to https: the redirect never ends.`,
            { related: [{ message: 'The backend that is reached in plain HTTP.', origin: cluster.origin }] },
          ),
        ]
      })
    }),
})
