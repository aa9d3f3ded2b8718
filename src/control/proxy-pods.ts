// Which pods stand behind the proxies in force: whose listeners are there, and to whose log an access log line belongs.
import type { Engine } from '../engines/engine.ts'
import type { Model } from '../ir/proxy.ts'
import { POD } from '../resources/kinds.ts'
import type { Pod } from '../resources/pod.ts'
import { kindKey, type Snapshot } from '../resources/snapshot.ts'

export interface PodName {
  readonly namespace: string
  readonly name: string
}

export class ProxyPods {
  #ready: ReadonlySet<string> = new Set()
  #pods: ReadonlyMap<string, PodName> = new Map()

  /** To be called with each model in force. Returns whether an address came or went. */
  update(model: Model, engine: Engine, objects: Snapshot['objects']): boolean {
    const failed = new Set(
      engine
        .status()
        .proxies.flatMap((proxy) => proxy.listeners)
        .filter((listener) => listener.state === 'failed')
        .map((listener) => listener.address),
    )
    const ready = new Set(
      model.proxies.flatMap((proxy) => proxy.addresses).filter((address) => !failed.has(address)),
    )
    const changed = ready.size !== this.#ready.size || [...ready].some((address) => !this.#ready.has(address))
    this.#ready = ready
    this.#pods = podsByProxy(model, objects)
    return changed
  }

  /** Whether the listeners at a pod's address are in force. */
  isReady(address: string | undefined): boolean {
    return address !== undefined && this.#ready.has(address)
  }

  /** The pod that speaks for a proxy: its first replica. */
  podOf(proxy: string): PodName | undefined {
    return this.#pods.get(proxy)
  }
}

function podsByProxy(model: Model, objects: Snapshot['objects']): ReadonlyMap<string, PodName> {
  const byAddress = new Map<string, PodName>()
  for (const { object } of objects.get(kindKey(POD))?.values() ?? []) {
    const { metadata, status } = object as Pod
    if (status?.podIP !== undefined)
      byAddress.set(status.podIP, { namespace: metadata.namespace ?? 'default', name: metadata.name })
  }
  const found = new Map<string, PodName>()
  for (const proxy of model.proxies) {
    const pod = proxy.addresses.map((address) => byAddress.get(address)).find((one) => one !== undefined)
    if (pod) found.set(proxy.id, pod)
  }
  return found
}
