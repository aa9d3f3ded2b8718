// Gives every box and arrow of a graph its place: ELK's layered layout, left to right.
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js'
import type { Graph } from '../explain/graph/graph.ts'
import { brokenLines } from '../explain/graph/mermaid.ts'
import { FONT, LINE, type PlacedGraph } from '../explain/graph/svg.ts'

/** Wide enough for the widest of the common sans-serif fonts. */
const CHARACTER = FONT * 0.64
const PADDING = 12

const sizeOf = (lines: readonly string[], character: number, padding: number) => ({
  width: Math.max(...lines.map((line) => line.length)) * character + 2 * padding,
  height: lines.length * LINE + padding,
})

/** Places a graph; the layouter is loaded only here. */
export async function placeGraph(graph: Graph): Promise<PlacedGraph> {
  const { default: elkjs } = await import('elkjs/lib/elk.bundled.js')
  const elk = new elkjs.default()
  const labels = graph.edges.map((edge) => [...edge.lines, ...brokenLines(edge)])
  const placed: ElkNode = await elk.layout({
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.layered.spacing.nodeNodeBetweenLayers': '36',
      'elk.layered.spacing.edgeNodeBetweenLayers': '18',
      'elk.spacing.nodeNode': '28',
      'elk.spacing.edgeNode': '18',
      'elk.spacing.edgeEdge': '14',
      'elk.spacing.labelNode': '12',
      'elk.spacing.edgeLabel': '4',
      'elk.edgeLabels.inline': 'true',
    },
    children: graph.nodes.map(({ id, title, lines }) => ({
      id,
      ...sizeOf([title, ...lines], CHARACTER, PADDING),
    })),
    edges: graph.edges.map(({ from, to }, index): ElkExtendedEdge => {
      const lines = labels[index] ?? []
      return {
        id: `e${index}`,
        sources: [from],
        targets: [to],
        ...(lines.length > 0
          ? { labels: [{ text: lines.join('\n'), ...sizeOf(lines, CHARACTER * 0.95, 6) }] }
          : {}),
      }
    }),
  })
  const boxes = new Map((placed.children ?? []).map((child) => [child.id, child]))
  return {
    width: placed.width ?? 0,
    height: placed.height ?? 0,
    nodes: graph.nodes.map((node) => ({ ...node, box: boxOf(boxes.get(node.id)) })),
    edges: graph.edges.map((edge, index) => {
      const found = placed.edges?.[index]
      const [section] = found?.sections ?? []
      const [label] = found?.labels ?? []
      return {
        ...edge,
        path: section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint] : [],
        ...(label ? { label: { box: boxOf(label), lines: labels[index] ?? [] } } : {}),
      }
    }),
  }
}

const boxOf = ({
  x = 0,
  y = 0,
  width = 0,
  height = 0,
}: Partial<PlacedGraph['nodes'][number]['box']> = {}) => ({
  x,
  y,
  width,
  height,
})
