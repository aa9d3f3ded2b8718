// What of a model Envoy cannot do, as findings at its origins.
import { type Diagnostic, diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Filter } from '../../../ir/filter.ts'
import type { Listener } from '../../../ir/listener.ts'
import type { Proxy } from '../../../ir/proxy.ts'
import { unsupportedReason } from '../lower/filters/support.ts'

/** By the part of the model that holds them: what did not change is not walked again. */
const remembered = new WeakMap<object, readonly Diagnostic[]>()

function remember(part: object, find: () => readonly Diagnostic[]): readonly Diagnostic[] {
  const known = remembered.get(part) ?? find()
  remembered.set(part, known)
  return known
}

function ofFilters(filters: readonly Filter[] = []): readonly Diagnostic[] {
  return filters.flatMap((filter) => {
    const reason = unsupportedReason(filter)
    return reason === undefined
      ? []
      : [diagnostic('SP0802', filter.origin, `Envoy cannot do ${filter.kind}: ${reason}`)]
  })
}

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

/** Each once. */
export function unsupportedIn(proxies: readonly Proxy[]): readonly Diagnostic[] {
  const all = new Set(proxies.map(({ listeners }) => listeners))
  const found = [...all].flatMap(ofListeners)
  return [...new Map(found.map((one) => [JSON.stringify(one.origin), one])).values()]
}
