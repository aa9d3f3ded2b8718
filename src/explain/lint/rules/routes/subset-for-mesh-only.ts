// Subsets that a VirtualService of the mesh chooses, of a host that a gateway reaches by routes of its own: those requests are not split.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { Origin } from '../../../../diagnostics/origin.ts'
import { VIRTUAL_SERVICE } from '../../../../resources/kinds.ts'
import { keyOf } from '../../../../resources/object.ts'
import type { Destination, VirtualService } from '../../../../resources/virtual-service.ts'
import { fullHost } from '../../hosts.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

const gatewaysOf = ({ spec }: VirtualService): readonly string[] => spec?.gateways ?? ['mesh']
const destinationsOf = ({
  spec,
}: VirtualService): readonly { readonly to: Destination; readonly field: string }[] =>
  (spec?.http ?? []).flatMap(({ route = [] }, http) =>
    route.flatMap(({ destination }, index) =>
      destination ? [{ to: destination, field: `spec.http[${http}].route[${index}].destination` }] : [],
    ),
  )

export const subsetForMeshOnly = rule({
  codes: ['SP0516'],
  check: (world) => {
    const domain = world.snapshot.platform.clusterDomain
    const full = (host: string | undefined, { metadata }: VirtualService) =>
      fullHost(host ?? '', metadata.namespace ?? '', domain)
    /** Hosts that a gateway reaches without naming a subset, and by which VirtualService. */
    const plain = new Map<string, { readonly key: string; readonly origin: Origin }>()
    perObject<VirtualService>(world, VIRTUAL_SERVICE, ({ object, origin }) => {
      if (gatewaysOf(object).every((name) => name === 'mesh')) return []
      for (const { to, field } of destinationsOf(object))
        if (to.subset === undefined && !plain.has(full(to.host, object)))
          plain.set(full(to.host, object), { key: keyOf(object.metadata), origin: origin(field) })
      return []
    })
    return perObject<VirtualService>(world, VIRTUAL_SERVICE, ({ object, origin }) => {
      if (!gatewaysOf(object).every((name) => name === 'mesh')) return []
      const hosts = new Set((object.spec?.hosts ?? []).map((host) => full(host, object)))
      return destinationsOf(object).flatMap(({ to, field }) => {
        const host = full(to.host, object)
        const other = to.subset !== undefined && hosts.has(host) ? plain.get(host) : undefined
        if (!other) return []
        const message = `Subset ${to.subset} of ${host} is not chosen for requests that come by a gateway: VirtualService ${other.key} brings them to all pods.`
        return [
          diagnostic('SP0516', origin(field), message, {
            related: [{ message: 'The route of the gateway.', origin: other.origin }],
          }),
        ]
      })
    })
  },
})
