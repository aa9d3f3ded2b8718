// The arrows inside of the mesh: what VirtualServices make sidecars do with requests of their own programs. Every sidecar knows every
// Service; only ways that somebody wrote down are drawn.
import type { Origin } from '../../diagnostics/origin.ts'
import type { Model, Proxy } from '../../ir/proxy.ts'
import type { GraphNode } from './graph.ts'
import { arrowsTo, type UpstreamArrow } from './upstream-arrows.ts'

/** From this many callers on that all go the same ways, one box stands for them. */
const MANY = 4

const written = ({ object }: Origin): boolean => object?.kind === 'VirtualService'

/** Arrows of sidecars with the boxes they begin at. */
export function meshArrows(model: Model, now: number): readonly UpstreamArrow[] {
  const serviceAt = servicesByAddress(model)
  const callers = new Map<string, { readonly node: GraphNode; readonly arrows: readonly UpstreamArrow[] }>()
  for (const proxy of model.proxies) {
    const node = proxy.kind === 'sidecar' ? callerNode(proxy, serviceAt) : undefined
    if (!node || callers.has(node.id)) continue
    const arrows = arrowsTo(proxy, model, now, written).filter(({ edge }) => edge.to !== node.id)
    if (arrows.length > 0) callers.set(node.id, { node, arrows })
  }
  return [...groupsOf([...callers.values()])].flatMap((group) => {
    const [first] = group
    if (!first) return []
    if (group.length < MANY) return group.flatMap(({ node, arrows }) => from(node, arrows))
    const workloads = `${group.length} workloads`
    return from(
      { id: `callers/${first.node.id}`, kind: 'meshed', title: workloads, lines: ['with sidecar'] },
      first.arrows,
    )
  })
}

const from = (node: GraphNode, arrows: readonly UpstreamArrow[]): readonly UpstreamArrow[] =>
  arrows.map((arrow) => ({ ...arrow, from: node, edge: { ...arrow.edge, from: node.id } }))

/** Callers that go the same ways: to the same boxes with the same words but for whose certificate it is. */
function groupsOf<T extends { readonly arrows: readonly UpstreamArrow[] }>(
  callers: readonly T[],
): Iterable<readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const caller of callers) {
    const ways = caller.arrows.map(({ edge: { to, broken } }) => `${to} ${broken?.text ?? ''}`)
    const key = [...new Set(ways)].sort().join('\n')
    groups.set(key, [...(groups.get(key) ?? []), caller])
  }
  return groups.values()
}

/** The box of a sidecar: the Service that its pod is behind, else its workload. */
function callerNode(proxy: Proxy, serviceAt: ReadonlyMap<string, string>): GraphNode {
  const { namespace, name } = proxy.workload
  const service = proxy.addresses
    .map((address) => serviceAt.get(address))
    .find((found) => found !== undefined)
  const [, title = name] = service?.split('/') ?? []
  return {
    id: `service/${service ?? `${namespace}/${name}`}`,
    kind: 'meshed',
    title,
    lines: [namespace, 'with sidecar'],
  }
}

/** `namespace/name` of the Service whose endpoint an address is, as the clusters of all proxies know it. */
function servicesByAddress(model: Model): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const cluster of new Set(model.proxies.flatMap(({ clusters }) => clusters)))
    for (const { address } of cluster.service ? cluster.endpoints : [])
      if (cluster.service && !found.has(address))
        found.set(address, `${cluster.service.namespace}/${cluster.service.name}`)
  return found
}
