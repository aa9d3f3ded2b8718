// A graph with places as SVG. Everything has a ground of its own, so that it can be read on light and on dark pages.
import type { GraphEdge, GraphNode } from './graph.ts'
import { sentences } from './sentences.ts'

export interface Point {
  readonly x: number
  readonly y: number
}
export interface Box extends Point {
  readonly width: number
  readonly height: number
}
export interface PlacedGraph {
  readonly width: number
  readonly height: number
  /** `lines` is the text as it fits; the first `bold` of them are the title. */
  readonly nodes: readonly (GraphNode & { readonly box: Box; readonly bold: number })[]
  readonly edges: readonly (GraphEdge & {
    readonly path: readonly Point[]
    readonly label?: { readonly box: Box; readonly lines: readonly string[] }
  })[]
}

export const FONT = 12
export const LINE = 16
const MARGIN = 16

const FILLS: Readonly<Record<GraphNode['kind'], string>> = {
  client: '#e5e7eb',
  domain: '#fef3c7',
  alb: '#dbeafe',
  gateway: '#ede9fe',
  service: '#f3f4f6',
  meshed: '#dcfce7',
  missing: '#fee2e2',
}
const STROKES: Readonly<Record<GraphEdge['kind'], string>> = {
  plaintext: '#b45309',
  tls: '#2563eb',
  mutual: '#7c3aed',
  mesh: '#16a34a',
  passthrough: '#64748b',
  none: '#64748b',
}
const BROKEN = '#dc2626'

/** Text in XML and HTML. */
export const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The whole picture as one SVG element. */
export function svgText({ width, height, nodes, edges }: PlacedGraph, title = 'Who reaches what'): string {
  const size = [width + 2 * MARGIN, height + 2 * MARGIN].map(Math.ceil)
  const colours = [...new Set([...edges.map(colourOf), BROKEN])]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${size.join(' ')}" width="${size[0]}" height="${size[1]}" role="img" aria-labelledby="title said" font-family="ui-sans-serif, 'DejaVu Sans', sans-serif" font-size="${FONT}">`,
    `<title id="title">${xml(title)}</title>`,
    `<desc id="said">${sentences({ nodes, edges }).map(xml).join(' ')}</desc>`,
    '<defs>',
    ...colours.map(
      (colour) =>
        `<marker id="head-${colour.slice(1)}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="${colour}"/></marker>`,
    ),
    '</defs>',
    ...edges.map(line),
    ...nodes.map(box),
    ...edges.flatMap((edge) => label(edge) ?? []),
    '</svg>',
    '',
  ].join('\n')
}

const colourOf = ({ broken, kind }: GraphEdge): string => (broken ? BROKEN : STROKES[kind])

function line(edge: PlacedGraph['edges'][number]): string {
  const colour = colourOf(edge)
  const d = edge.path.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join(' ')
  const dash = edge.broken ? ' stroke-dasharray="6 4"' : ''
  return `<path d="${d}" fill="none" stroke="${colour}" stroke-width="2"${dash} marker-end="url(#head-${colour.slice(1)})"/>`
}

function box(node: PlacedGraph['nodes'][number]): string {
  const { kind, lines, bold } = node
  const { x, y, width, height } = node.box
  const edge = kind === 'missing' ? BROKEN : '#64748b'
  const middle = x + width / 2
  const first = y + height / 2 - ((lines.length - 1) * LINE) / 2 + FONT / 3
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${FILLS[kind]}" stroke="${edge}"/>`,
    ...lines.map((text, index) => {
      const style = index < bold ? 'font-weight="bold" fill="#111827"' : 'fill="#374151"'
      return `<text x="${middle}" y="${first + index * LINE}" text-anchor="middle" ${style}>${xml(text)}</text>`
    }),
  ].join('\n')
}

function label(edge: PlacedGraph['edges'][number]): string | undefined {
  if (!edge.label) return undefined
  const { x, y, width, height } = edge.label.box
  const colour = colourOf(edge)
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="#ffffff" stroke="${colour}" stroke-width="0.75"/>`,
    ...edge.label.lines.map(
      (text, index) =>
        `<text x="${x + width / 2}" y="${y + FONT + 1 + index * LINE}" text-anchor="middle" font-size="${FONT - 1}" fill="${edge.broken ? BROKEN : '#1f2937'}"${index === 0 ? ' font-weight="bold"' : ''}>${xml(text)}</text>`,
    ),
  ].join('\n')
}
