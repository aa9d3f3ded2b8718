// The graph as Mermaid text, which many web sites and editors draw.
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
    const label = [...edge.lines, ...brokenLines(edge)].map(escape).join('<br>')
    return `  ${names.get(edge.from)} -->${label ? `|"${label}"|` : ''} ${names.get(edge.to)}`
  }
  const red = edges.flatMap(({ broken }, index) => (broken ? [index] : []))
  return [
    'flowchart LR',
    ...nodes.map(({ id, kind, title, lines }) => {
      const [open, close] = SHAPES[kind]
      return `  ${names.get(id)}${open}"${[title, ...lines].map(escape).join('<br>')}"${close}`
    }),
    ...edges.map(arrow),
    ...(red.length > 0 ? [`  linkStyle ${red.join(',')} stroke:#dc2626,color:#dc2626`] : []),
    '',
  ].join('\n')
}

/** What is wrong with an arrow, in lines that fit. */
export function brokenLines({ broken }: GraphEdge): readonly string[] {
  if (!broken) return []
  return wrap(`✗ ${broken.code ? `${broken.code}: ` : ''}${broken.text}`, 44)
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
