// Routes that an earlier one of the same host takes all requests of, in one object or across several.
import { type Diagnostic, diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { formatOrigin, formatRef } from '../../../../diagnostics/origin.ts'
import type { Route, VirtualHost } from '../../../../ir/route.ts'
import { rule } from '../../rule.ts'
import { shadowedRoutes } from '../../shadowed-routes.ts'

const objectOf = ({ origin }: Route): string => (origin.object === undefined ? '' : formatRef(origin.object))

function findings(host: VirtualHost): readonly Diagnostic[] {
  return (
    shadowedRoutes(host.routes)
      // A route that failed to build says so itself.
      .filter(({ route, by }) => route.action.kind !== 'fail' && by.action.kind !== 'fail')
      .filter(({ route, by }) => formatOrigin(route.origin) !== formatOrigin(by.origin))
      // A default backend is there for what no path takes.
      .filter(({ route }) => route.origin.field !== 'spec.defaultBackend')
      .map(({ route, by }) => {
        const where = objectOf(route) === objectOf(by) ? '' : ` of ${objectOf(by)}`
        return diagnostic(
          'SP0508',
          route.origin,
          `For host ${host.domains.join(', ')} an earlier route${where} takes every request of this one.`,
          { related: [{ message: 'The earlier route.', origin: by.origin }] },
        )
      })
  )
}

export const shadowed = rule({
  codes: ['SP0508'],
  check: (world) => {
    const hosts = new Set(
      world.model.proxies
        .filter(({ kind }) => kind !== 'sidecar')
        .flatMap(({ listeners }) => listeners)
        .flatMap(({ filterChains }) => filterChains)
        .flatMap(({ handler }) => (handler.kind === 'http' ? handler.routes.virtualHosts : [])),
    )
    // The same routes serve several hosts: said once for each place, with the first host.
    const byPlace = new Map<string, Diagnostic>()
    for (const one of [...hosts].flatMap(findings)) {
      const place = formatOrigin(one.origin)
      if (!byPlace.has(place)) byPlace.set(place, one)
    }
    return [...byPlace.values()]
  },
})
