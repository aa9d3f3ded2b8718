// Gives every box and arrow of a graph its place: ELK's layered layout, left to right.
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js'
import { folded, NARROW } from '../explain/graph/folded.ts'
import type { Graph } from '../explain/graph/graph.ts'
import { edgeLines, nodeLines } from '../explain/graph/mermaid.ts'
import { FONT, LINE, type PlacedGraph } from '../explain/graph/svg.ts'

/** Wide enough for the widest of the common sans-serif fonts, and for its bold face. */
const CHARACTER = FONT * 0.64
const BOLD = FONT * 0.71
const PADDING = 12

const sizeOf = (lines: readonly string[], bold: number, scale: number, padding: number) => ({
  width:
    Math.max(...lines.map((line, index) => line.length * (index < bold ? BOLD : CHARACTER))) * scale +
    2 * padding,
  height: lines.length * LINE + padding,
})

/** Places a graph; the layouter is loaded only here. */
export async function placeGraph(graph: Graph): Promise<PlacedGraph> {
  const { default: elkjs } = await import('elkjs/lib/elk.bundled.js')
  const elk = new elkjs.default()
  const labels = graph.edges.map(edgeLines)
  const texts = graph.nodes.map(({ title, lines }) => ({
    lines: nodeLines(title, lines),
    bold: folded(title, NARROW).length,
  }))
  const placed: ElkNode = await elk.layout({
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': 'ORTHOGONAL',
      // Names are sorted: neighbours in the list are neighbours in the picture where no arrow crosses for it.
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      'elk.layered.spacing.nodeNodeBetweenLayers': '36',
      'elk.layered.spacing.edgeNodeBetweenLayers': '18',
      'elk.spacing.nodeNode': '28',
      'elk.spacing.edgeNode': '18',
      'elk.spacing.edgeEdge': '14',
      'elk.spacing.labelNode': '12',
      'elk.spacing.edgeLabel': '4',
      'elk.edgeLabels.inline': 'true',
    },
    children: graph.nodes.map(({ id }, index) => {
      const { lines = [], bold = 0 } = texts[index] ?? {}
      return { id, ...sizeOf(lines, bold, 1, PADDING) }
    }),
    edges: graph.edges.map(({ from, to }, index): ElkExtendedEdge => {
      const lines = labels[index] ?? []
      return {
        id: `e${index}`,
        sources: [from],
        targets: [to],
        ...(lines.length > 0
          ? { labels: [{ text: lines.join('\n'), ...sizeOf(lines, 1, (FONT - 1) / FONT, 6) }] }
          : {}),
      }
    }),
  })
  const boxes = new Map((placed.children ?? []).map((child) => [child.id, child]))
  return {
    width: placed.width ?? 0,
    height: placed.height ?? 0,
    nodes: graph.nodes.map((node, index) => ({
      ...node,
      lines: texts[index]?.lines ?? [],
      bold: texts[index]?.bold ?? 0,
      box: boxOf(boxes.get(node.id)),
    })),
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
