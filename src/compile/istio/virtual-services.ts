// VirtualServices by the gateway they bind to, in Istio's order: private ones first, then exported, then public, each oldest first.
import { VIRTUAL_SERVICE } from '../../resources/kinds.ts'
import type { VirtualService } from '../../resources/virtual-service.ts'
import { demandTexts } from '../demand.ts'
import { guarded } from '../graph/guarded.ts'
import { readKeys, readObject, readPlatform } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { compareAge } from './age.ts'
import { resolveHost } from './hosts.ts'

/** What binding needs of a VirtualService: changes less often than its routes. */
export interface Binding {
  readonly key: string
  readonly name: string
  readonly namespace: string
  readonly creationTimestamp?: string
  /** Resolved; none for a delegate. */
  readonly hosts: readonly string[]
  /** `namespace/name`, or `mesh`. */
  readonly gateways: readonly string[]
  readonly exportTo: readonly string[]
}

/** `name`, `./name`, `ns/name` or the legacy `name.ns.svc…`, as `namespace/name`. */
function gatewayRef(reference: string, namespace: string): string {
  if (reference === 'mesh') return reference
  if (reference.startsWith('./')) return `${namespace}/${reference.slice(2)}`
  if (reference.includes('/')) return reference
  const [name = '', owner] = reference.split('.')
  return owner === undefined ? `${namespace}/${name}` : `${owner}/${name}`
}

function readBinding(read: Read, key: string): Binding | undefined {
  const object = readObject<VirtualService>(read, VIRTUAL_SERVICE, key)?.object
  if (object === undefined) return undefined
  const { name, namespace = '', creationTimestamp } = object.metadata
  const { clusterDomain } = readPlatform(read)
  const exportTo = demandTexts(object.spec?.exportTo, 'spec.exportTo')
  return {
    key,
    name,
    namespace,
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    hosts: demandTexts(object.spec?.hosts, 'spec.hosts').map((host) =>
      resolveHost(host, namespace, clusterDomain),
    ),
    gateways: demandTexts(object.spec?.gateways ?? ['mesh'], 'spec.gateways').map((one) =>
      gatewayRef(one, namespace),
    ),
    exportTo: exportTo.length > 0 ? exportTo : ['*'],
  }
}

const reader = guarded('virtual-service-binding', VIRTUAL_SERVICE, readBinding, undefined)

/** The binding facts of a VirtualService by `namespace/name`. */
export const bindingOf = reader.value
/** Why a VirtualService could not be read. */
export const bindingFaults = reader.faults

function rankOf(binding: Binding): number {
  if (binding.exportTo.includes('*')) return 2
  return binding.exportTo.every((one) => one === '.' || one === binding.namespace) ? 0 : 1
}

/** Gateway (`namespace/name`, or `mesh`) to the bindings of its VirtualServices. */
export const bindingsByGateway = query<ReadonlyMap<string, readonly Binding[]>>(
  'bindings-by-gateway',
  (read) => {
    const index = new Map<string, Binding[]>()
    for (const key of readKeys(read, VIRTUAL_SERVICE)) {
      const binding = read(bindingOf, key)
      if (binding === undefined || binding.hosts.length === 0) continue
      for (const gateway of binding.gateways) {
        const all = index.get(gateway)
        if (all === undefined) index.set(gateway, [binding])
        else all.push(binding)
      }
    }
    for (const all of index.values()) all.sort((a, b) => rankOf(a) - rankOf(b) || compareAge(a, b))
    return index
  },
)

/** The bindings of one gateway: changes only when a VirtualService of that gateway changes its hosts, gateways or visibility. */
export const bindingsOf = query<readonly Binding[]>(
  'bindings-of-gateway',
  (read, gateway) => read(bindingsByGateway, '').get(gateway) ?? [],
)
