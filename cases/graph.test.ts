// The article's picture: as data (a golden), and placed so that nothing covers anything.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { placeGraph } from '../src/cli/place-graph.ts'
import { createCompiler } from '../src/compile/compile.ts'
import { buildGraph } from '../src/explain/graph/build-graph.ts'
import type { Graph } from '../src/explain/graph/graph.ts'
import { htmlPage } from '../src/explain/graph/html-page.ts'
import { mermaidText } from '../src/explain/graph/mermaid.ts'
import { type Box, type PlacedGraph, svgText } from '../src/explain/graph/svg.ts'
import { expectGolden } from './support/golden.ts'
import { GOLDEN_TIME, openCase } from './support/open-case.ts'

const root = dirname(fileURLToPath(import.meta.url))
const drawn = ['article/chain', 'faults/trust-missing', 'ssl-services/two-way', 'mesh/calls']

const graphOf = async (name: string) => {
  const { snapshot } = await openCase(join(root, name), GOLDEN_TIME)
  return buildGraph(createCompiler().compile(snapshot).model, GOLDEN_TIME)
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

/** Boxes and labels that lie on one another. */
function covered({ nodes, edges }: PlacedGraph): readonly string[] {
  const boxes = [
    ...nodes.map(({ id, box }) => ({ id, box })),
    ...edges.flatMap(({ from, to, label }) => (label ? [{ id: `${from} -> ${to}`, box: label.box }] : [])),
  ]
  return boxes.flatMap((a, index) =>
    boxes.slice(index + 1).flatMap((b) => (overlap(a.box, b.box) ? [`${a.id} and ${b.id}`] : [])),
  )
}

describe.each(drawn)('%s drawn', (name) => {
  it('is the graph of its golden', async () => {
    await expectGolden(join(root, name), 'graph.mmd', mermaidText(await graphOf(name)))
  })

  it('covers nothing with anything', async () => {
    const placed = await placeGraph(await graphOf(name))
    expect(covered(placed)).toEqual([])
    const svg = svgText(placed)
    expect(svg).toMatch(/^<svg /)
    const folder = process.env['DRAW_TO']
    if (folder) writeFileSync(join(folder, `${name.replace('/', '-')}.svg`), svg)
  })
})

describe('thirty services behind a gateway', () => {
  const numbers = Array.from({ length: 30 }, (_, index) => index)
  const graph: Graph = {
    nodes: [
      { id: 'gw', kind: 'gateway', title: 'Gateway', lines: ['istio-system/gateway'] },
      ...numbers.map((n) => ({
        id: `s${n}`,
        kind: 'meshed' as const,
        title: `service-with-a-long-name-${n}.${'of-a-team.'.repeat(n % 4)}example`,
        lines: ['shop', 'with sidecar'],
      })),
    ],
    edges: numbers.map((n) => ({
      from: n < 12 ? 'gw' : `s${(n * 7) % 12}`,
      to: `s${n}`,
      kind: 'mesh' as const,
      lines: ['mesh mutual TLS', `shows shop/service-${n}, 23 hours left`],
      ...(n % 5 === 0 ? { broken: { text: 'no ready endpoint', code: 'SP0701' as const } } : {}),
    })),
  }

  it('have room, and every arrow has its way', async () => {
    const placed = await placeGraph(graph)
    expect(covered(placed)).toEqual([])
    expect(placed.edges.filter(({ path }) => path.length < 2)).toEqual([])
  })

  it('are a page that loads nothing and says what is broken', async () => {
    const page = htmlPage(svgText(await placeGraph(graph)), graph)
    expect(page.match(/https?:\/\/[^"<\s]+/g)).toEqual(['http://www.w3.org/2000/svg'])
    expect(page).not.toMatch(/<(script|link|img|iframe)|@import|src=/)
    expect(page).toContain('<p>6 arrows are broken.</p>')
    expect(page).toMatch(/<svg[^>]+role="img"[^>]*>\s*<title id="title">Who reaches what<\/title>/)
    expect(page).toContain('broken: no ready endpoint (SP0701).</li>')
  })
})
