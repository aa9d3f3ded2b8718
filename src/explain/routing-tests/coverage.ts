// Which routes that people wrote no test has taken.
import { formatOrigin } from '../../diagnostics/origin.ts'
import type { Model } from '../../ir/proxy.ts'
import type { Route } from '../../ir/route.ts'
import type { Coverage } from './routing-test.ts'

/** A route that stands at several doors, or at http and https, counts once: by where it was written. */
const keyOf = ({ name, origin }: Pick<Route, 'name' | 'origin'>): string => `${formatOrigin(origin)} ${name}`

/** Coverage of the routes of Ingresses and VirtualServices by the routes that were `taken`. */
export function coverageOf(model: Model, taken: readonly Pick<Route, 'name' | 'origin'>[]): Coverage {
  const all = new Map<string, Coverage['missed'][number]>()
  for (const { listeners } of model.proxies)
    for (const { filterChains } of listeners)
      for (const { handler } of filterChains)
        for (const host of handler.kind === 'http' ? handler.routes.virtualHosts : [])
          for (const route of host.routes)
            if (/^(Ingress|VirtualService)$/.test(route.origin.object?.kind ?? ''))
              all.set(keyOf(route), { route: route.name, host: host.name, origin: route.origin })
  const done = new Set(taken.map(keyOf))
  return { total: all.size, missed: [...all].filter(([key]) => !done.has(key)).map(([, one]) => one) }
}
