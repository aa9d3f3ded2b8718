// Clusters that routes lead to and that have nobody behind them.
import { type Diagnostic, diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { Cluster } from '../../../../ir/cluster.ts'
import type { Proxy } from '../../../../ir/proxy.ts'
import { SERVICE } from '../../../../resources/kinds.ts'
import type { Pod } from '../../../../resources/pod.ts'
import type { Service } from '../../../../resources/service.ts'
import { getOf, type Resource } from '../../../../resources/snapshot.ts'
import { clusterKey } from '../../cluster-uses.ts'
import { rule } from '../../rule.ts'
import type { World } from '../../world.ts'

const isReady = ({ object }: Resource<Pod>): boolean =>
  object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

function findings(world: World, proxy: Proxy, cluster: Cluster): readonly Diagnostic[] {
  if (cluster.service === undefined || cluster.refuse !== undefined || cluster.passthrough === true) return []
  if (cluster.endpoints.some(({ healthy }) => healthy)) return []
  const [use] = world.uses().get(clusterKey(proxy.id, cluster.name)) ?? []
  const { namespace, name } = cluster.service
  const service = getOf<Service>(world.snapshot, SERVICE, name, namespace)
  if (use === undefined || service === undefined) return []
  const related = [{ message: 'A route that leads there.', origin: use.route.origin }]
  const subset = /^outbound\|\d+\|([^|]+)\|/.exec(cluster.name)?.[1]
  const wanted = service.object.spec?.selector ?? {}
  const pods = world.podsWith(namespace, wanted)
  const selected = pods.length
  if (subset !== undefined && selected > 0) {
    const message = `No ready pod of Service ${namespace}/${name} has the labels of subset ${subset}.`
    return [diagnostic('SP0510', cluster.origin, message, { related })]
  }
  // Ready pods without an endpoint: the port is wrong, which compile says.
  if (pods.some(isReady)) return []
  const selector = Object.entries(wanted)
    .map(([label, value]) => `${label}=${value}`)
    .join(',')
  const why =
    selected > 0
      ? 'its pods are not ready'
      : selector === ''
        ? 'it has no selector'
        : `no pod has ${selector}`
  return [
    diagnostic(
      'SP0701',
      service.origin('spec.selector'),
      `Service ${namespace}/${name} has no ready endpoint: ${why}.`,
      {
        related,
      },
    ),
  ]
}

export const noEndpoints = rule({
  codes: ['SP0510', 'SP0701'],
  check: (world) => {
    const all = world.model.proxies
      .filter(({ kind }) => kind !== 'sidecar')
      .flatMap((proxy) => proxy.clusters.flatMap((cluster) => findings(world, proxy, cluster)))
    // Several doors, ports and subsets lead to one Service.
    return [...new Map(all.map((one) => [`${one.code} ${one.message}`, one])).values()]
  },
})
