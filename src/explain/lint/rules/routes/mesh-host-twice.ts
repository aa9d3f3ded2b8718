// Several VirtualServices for one host in the mesh: sidecars take the oldest and ignore the rest.
import { type Diagnostic, diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { VIRTUAL_SERVICE } from '../../../../resources/kinds.ts'
import { type KubeObject, keyOf } from '../../../../resources/object.ts'
import type { VirtualService } from '../../../../resources/virtual-service.ts'
import { fullHost } from '../../hosts.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

const ageOf = ({ metadata }: KubeObject): string => `${metadata.creationTimestamp ?? '~'} ${keyOf(metadata)}`

/** Objects of private reach do not meet those of other namespaces. */
const reachOf = (service: VirtualService): string =>
  (service.spec?.exportTo ?? ['*']).includes('*') ? '*' : (service.metadata.namespace ?? '')

export const meshHostTwice = rule({
  codes: ['SP0511'],
  check: (world) => {
    const { clusterDomain } = world.snapshot.platform
    const claims = new Map<string, { age: string; key: string; origin: Diagnostic['origin'] }[]>()
    const faults = perObject<VirtualService>(world, VIRTUAL_SERVICE, ({ object, origin }) => {
      const { gateways, hosts = [] } = object.spec ?? {}
      if (gateways !== undefined && gateways.length > 0 && !gateways.includes('mesh')) return []
      for (const [index, host] of hosts.entries()) {
        const full = `${reachOf(object)} ${fullHost(host, object.metadata.namespace ?? '', clusterDomain)}`
        const claim = {
          age: ageOf(object),
          key: keyOf(object.metadata),
          origin: origin(`spec.hosts[${index}]`),
        }
        claims.set(full, [...(claims.get(full) ?? []), claim])
      }
      return []
    })
    const twice = [...claims].flatMap(([reach, all]) => {
      const [first, ...rest] = [...all].sort((a, b) => (a.age < b.age ? -1 : 1))
      if (first === undefined) return []
      return rest
        .filter(({ key }) => key !== first.key)
        .map(({ origin }) =>
          diagnostic(
            'SP0511',
            origin,
            `Host ${reach.slice(reach.indexOf(' ') + 1)} belongs to VirtualService ${first.key} in the mesh; sidecars ignore this one.`,
            { related: [{ message: 'The one that is used.', origin: first.origin }] },
          ),
        )
    })
    return [...faults, ...twice]
  },
})
