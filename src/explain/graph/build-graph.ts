// Draws the graph of a model: clients, the domains they ask for, the doors, and the services behind them.
import type { Model, Proxy } from '../../ir/proxy.ts'
import { doorArrows } from './door-arrows.ts'
import type { Graph, GraphEdge, GraphNode } from './graph.ts'
import { meshArrows } from './mesh-arrows.ts'
import { upstreamArrows } from './upstream-arrows.ts'

const CLIENTS = 'clients'

/** The graph as of `now` (ms since the epoch): doors, their domains, and what their routes lead to. */
export function buildGraph(model: Model, now: number): Graph {
  const nodes = new Map<string, GraphNode>()
  const edges = new Map<string, GraphEdge>()
  const add = (node: GraphNode) => nodes.set(node.id, node)
  // Of arrows between the same two, one is enough when they say the same.
  const connect = (edge: GraphEdge) =>
    edges.set([edge.from, edge.to, ...edge.lines, edge.broken?.text ?? ''].join('\n'), edge)
  if (doorsOf(model).length > 0) add({ id: CLIENTS, kind: 'client', title: 'Clients', lines: ['internet'] })
  const taken = new Map<string, Proxy['kind']>()
  for (const proxy of doorsOf(model)) {
    add(doorNode(proxy))
    for (const { domain, edge } of doorArrows(proxy, now)) {
      // A name has one address: what the load balancer serves does not point to the gateway.
      if ((taken.get(domain) ?? proxy.kind) !== proxy.kind) continue
      taken.set(domain, proxy.kind)
      const id = `domain/${domain}`
      add({ id, kind: 'domain', title: domain, lines: [] })
      connect({ from: CLIENTS, to: id, kind: 'none', lines: [] })
      connect({ ...edge, from: id, to: proxy.id })
    }
    for (const { node, edge } of upstreamArrows(proxy, model, now)) {
      if (node) add(node)
      connect(edge)
    }
  }
  for (const { from, node, edge } of meshArrows(model, now)) {
    for (const one of [from, node]) if (one && !nodes.has(one.id)) add(one)
    connect(edge)
  }
  const ends = new Set([...edges.values()].flatMap(({ from, to }) => [from, to]))
  // A door that nothing leads to and that leads nowhere is only worth a box when there is nothing else.
  const drawn = [...nodes.values()].filter(({ id }) => edges.size === 0 || ends.has(id))
  return { nodes: drawn, edges: [...edges.values()] }
}

const doorsOf = ({ proxies }: Model): readonly Proxy[] =>
  (['alb', 'gateway'] as const).flatMap((kind) => proxies.filter((proxy) => proxy.kind === kind))

const doorNode = ({ id, kind, workload, addresses }: Proxy): GraphNode => ({
  id,
  kind: kind === 'alb' ? 'alb' : 'gateway',
  title: kind === 'alb' ? 'ALB' : 'Gateway',
  lines: [
    `${workload.namespace}/${workload.name}`,
    ...(addresses.length > 1 ? [`${addresses.length} replicas`] : []),
  ],
})
