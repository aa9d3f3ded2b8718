// Which listener of a model takes a connection to an address: an index, made once per model.
import type { Listener } from '../ir/listener.ts'
import type { Model, Proxy } from '../ir/proxy.ts'

type Found = readonly [Proxy, Listener]

const indices = new WeakMap<Model, ReadonlyMap<string, Found>>()

function indexOf(model: Model): ReadonlyMap<string, Found> {
  const index = new Map<string, Found>()
  for (const proxy of model.proxies)
    for (const listener of proxy.listeners)
      for (const { address, port } of listener.binds) {
        const key = `${address} ${port}`
        if (!index.has(key)) index.set(key, [proxy, listener])
      }
  return index
}

/** The first proxy and listener bound to the address and port. */
export function listenerAt(model: Model, address: string, port: number): Found | undefined {
  let index = indices.get(model)
  if (!index) {
    index = indexOf(model)
    indices.set(model, index)
  }
  return index.get(`${address} ${port}`)
}
