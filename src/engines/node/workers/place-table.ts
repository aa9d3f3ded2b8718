// Where the places of a model really are: `locate` is a function of this process, so its answers cross to the workers.
import type { Cluster } from '../../../ir/cluster.ts'
import type { Model } from '../../../ir/proxy.ts'
import type { Locate } from '../../engine.ts'
import { type Place, type Places, placeKey } from './messages.ts'

export class PlaceTable {
  private readonly locate: Locate
  private readonly movedPorts: ReadonlyMap<number, number>
  private readonly told = new Map<string, Place>()
  private readonly seen = new WeakSet<Cluster>()

  constructor(locate: Locate, movedPorts: ReadonlyMap<number, number>) {
    this.locate = locate
    this.movedPorts = movedPorts
  }

  /** Where the listeners of a model stand. */
  bindsOf(model: Model): Place[] {
    const binds = model.proxies.flatMap(({ listeners }) => listeners.flatMap((listener) => listener.binds))
    return binds.map(({ address, port }) => this.locate(address, port))
  }

  /** The places of a model that the workers can neither know nor have been told of. */
  delta(model: Model): Places {
    const fresh = new Map<string, Place>()
    const look = ({ address, port }: { readonly address: string; readonly port: number }): void => {
      const place = this.locate(address, port)
      const key = placeKey(address, port)
      if (place.host === address && place.port === (this.movedPorts.get(port) ?? port)) return
      if (!this.told.has(key)) fresh.set(key, place)
    }
    for (const { listeners, clusters } of model.proxies) {
      for (const { binds } of listeners) binds.forEach(look)
      for (const cluster of clusters) {
        if (this.seen.has(cluster)) continue
        this.seen.add(cluster)
        cluster.endpoints.forEach(look)
      }
    }
    for (const [key, place] of fresh) this.told.set(key, place)
    return fresh
  }

  /** All that was told. */
  whole(): Places {
    return this.told
  }
}

/** `locate` as a worker knows it. */
export function locateByPlaces(places: Places, movedPorts: ReadonlyMap<number, number>): Locate {
  return (address, port) =>
    places.get(placeKey(address, port)) ?? { host: address, port: movedPorts.get(port) ?? port }
}
