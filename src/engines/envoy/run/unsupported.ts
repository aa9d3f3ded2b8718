// What of a model Envoy cannot do, as findings at its origins.
import { type Diagnostic, diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Filter } from '../../../ir/filter.ts'
import type { Listener } from '../../../ir/listener.ts'
import type { Proxy } from '../../../ir/proxy.ts'

/** Why Envoy cannot do a filter; undefined when it can. */
type ReasonOf = (filter: Filter) => string | undefined

/**
 * A function that says what of proxies cannot be done, each origin once. It remembers by the part of the model that holds them: what did not
 * change is not walked again.
 */
export function unsupportedFinder(reasonOf: ReasonOf): (proxies: readonly Proxy[]) => readonly Diagnostic[] {
  const remembered = new WeakMap<object, readonly Diagnostic[]>()

  function remember(part: object, find: () => readonly Diagnostic[]): readonly Diagnostic[] {
    const known = remembered.get(part) ?? find()
    remembered.set(part, known)
    return known
  }

  const ofFilters = (filters: readonly Filter[] = []): readonly Diagnostic[] =>
    filters.flatMap((filter) => {
      const reason = reasonOf(filter)
      return reason === undefined
        ? []
        : [diagnostic('SP0802', filter.origin, `Envoy cannot do ${filter.kind}: ${reason}`)]
    })

  const ofListeners = (listeners: readonly Listener[]): readonly Diagnostic[] =>
    remember(listeners, () => {
      const handlers = new Set(
        listeners.flatMap(({ filterChains }) => filterChains.map(({ handler }) => handler)),
      )
      return [...handlers].flatMap((handler) =>
        handler.kind === 'tcp'
          ? []
          : [
              ...ofFilters(handler.filters),
              ...handler.routes.virtualHosts.flatMap((host) =>
                remember(host, () => host.routes.flatMap(({ filters }) => ofFilters(filters))),
              ),
            ],
      )
    })

  return (proxies) => {
    const all = new Set(proxies.map(({ listeners }) => listeners))
    const found = [...all].flatMap(ofListeners)
    return [...new Map(found.map((one) => [JSON.stringify(one.origin), one])).values()]
  }
}
