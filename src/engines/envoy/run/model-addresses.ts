// Access-log lines name addresses of the model, as the Node engine's do: an Envoy knows only the real places that stand for them.
import type { Proxy } from '../../../ir/proxy.ts'
import type { Locate } from '../../engine.ts'

/** An address with its port, where a format puts a value: between quotes or spaces. */
const ADDRESS = /(?<=[" ])\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}(?=[" ]|$)/g

export class ModelAddresses {
  readonly #locate: Locate
  readonly #known = new WeakMap<Proxy, ReadonlyMap<string, string>>()

  constructor(locate: Locate) {
    this.#locate = locate
  }

  /** The line of this proxy with what it binds and calls as the model has it. */
  written(proxy: Proxy, line: string): string {
    const moved = this.#movedOf(proxy)
    return moved.size === 0 ? line : line.replace(ADDRESS, (real) => moved.get(real) ?? real)
  }

  /** What a proxy binds and calls elsewhere than the model says, by where that really is. */
  #movedOf(proxy: Proxy): ReadonlyMap<string, string> {
    const known = this.#known.get(proxy)
    if (known !== undefined) return known
    const moved = new Map<string, string>()
    const look = (pairs: readonly { readonly address: string; readonly port: number }[]): void => {
      for (const { address, port } of pairs) {
        const { host, port: real } = this.#locate(address, port)
        if (host !== address || real !== port) moved.set(`${host}:${real}`, `${address}:${port}`)
      }
    }
    for (const { endpoints } of proxy.clusters) look(endpoints)
    for (const { binds } of proxy.listeners) look(binds)
    this.#known.set(proxy, moved)
    return moved
  }
}
