// The HTTP managers of a model, each with its proxy: what rules about filters look at.
import type { Filter, FilterKind } from '../../ir/filter.ts'
import type { HttpManager } from '../../ir/listener.ts'
import type { Model, Proxy } from '../../ir/proxy.ts'

export interface ManagerOf {
  readonly proxy: Proxy
  readonly manager: HttpManager
}

export function managersOf(model: Model): readonly ManagerOf[] {
  return model.proxies.flatMap((proxy) =>
    proxy.listeners.flatMap(({ filterChains }) =>
      filterChains.flatMap(({ handler }) => (handler.kind === 'http' ? [{ proxy, manager: handler }] : [])),
    ),
  )
}

/** The filter of a kind that stands before all routes. */
export const filterOf = <K extends FilterKind>({ filters }: HttpManager, kind: K): Filter<K> | undefined =>
  filters?.find((filter) => filter.kind === kind) as Filter<K> | undefined
