// The graph as Mermaid text, which many web sites and editors draw.
import { folded, NARROW } from './folded.ts'
import type { Graph, GraphEdge, GraphNode } from './graph.ts'

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('|', '&#124;')

const SHAPES: Readonly<Record<GraphNode['kind'], readonly [string, string]>> = {
  client: ['([', '])'],
  domain: ['[/', '/]'],
  alb: ['{{', '}}'],
  gateway: ['{{', '}}'],
  service: ['[', ']'],
  meshed: ['[[', ']]'],
  missing: ['[', ']'],
}

/** A flowchart; broken arrows are red. */
export function mermaidText({ nodes, edges }: Graph): string {
  const names = new Map(nodes.map(({ id }, index) => [id, `n${index}`]))
  const arrow = (edge: GraphEdge): string => {
    const label = edgeLines(edge).map(escape).join('<br>')
    return `  ${names.get(edge.from)} -->${label ? `|"${label}"|` : ''} ${names.get(edge.to)}`
  }
  const red = edges.flatMap(({ broken }, index) => (broken ? [index] : []))
  return [
    'flowchart LR',
    ...nodes.map(({ id, kind, title, lines }) => {
      const [open, close] = SHAPES[kind]
      return `  ${names.get(id)}${open}"${nodeLines(title, lines).map(escape).join('<br>')}"${close}`
    }),
    ...edges.map(arrow),
    ...(red.length > 0 ? [`  linkStyle ${red.join(',')} stroke:#dc2626,color:#dc2626`] : []),
    '',
  ].join('\n')
}

/** A box's text in lines that fit, and how many of them are its title. */
export const nodeLines = (title: string, lines: readonly string[]): readonly string[] =>
  [title, ...lines].flatMap((line) => folded(line, NARROW))

/** An arrow's text in lines that fit, what is wrong with it last. */
export const edgeLines = (edge: GraphEdge): readonly string[] => [
  ...edge.lines.flatMap((line) => folded(line, NARROW)),
  ...brokenLines(edge),
]

function brokenLines({ broken }: GraphEdge): readonly string[] {
  if (!broken) return []
  return folded(`✗ ${broken.code ? `${broken.code}: ` : ''}${broken.text}`, NARROW)
}
