// The article's picture: as data (a golden), and placed so that nothing covers anything.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { placeGraph } from '../src/cli/place-graph.ts'
import { createCompiler } from '../src/compile/compile.ts'
import { buildGraph } from '../src/explain/graph/build-graph.ts'
import { mermaidText } from '../src/explain/graph/mermaid.ts'
import { type Box, svgText } from '../src/explain/graph/svg.ts'
import { expectGolden } from './support/golden.ts'
import { GOLDEN_TIME, openCase } from './support/open-case.ts'

const root = dirname(fileURLToPath(import.meta.url))
const drawn = ['article/chain', 'faults/trust-missing', 'ssl-services/two-way']

const graphOf = async (name: string) => {
  const { snapshot } = await openCase(join(root, name), GOLDEN_TIME)
  return buildGraph(createCompiler().compile(snapshot).model, GOLDEN_TIME)
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

describe.each(drawn)('%s drawn', (name) => {
  it('is the graph of its golden', async () => {
    await expectGolden(join(root, name), 'graph.mmd', mermaidText(await graphOf(name)))
  })

  it('covers nothing with anything', async () => {
    const placed = await placeGraph(await graphOf(name))
    const boxes = [
      ...placed.nodes.map(({ id, box }) => ({ id, box })),
      ...placed.edges.flatMap(({ from, to, label }) =>
        label ? [{ id: `${from} -> ${to}`, box: label.box }] : [],
      ),
    ]
    const covered = boxes.flatMap((a, index) =>
      boxes.slice(index + 1).flatMap((b) => (overlap(a.box, b.box) ? [`${a.id} and ${b.id}`] : [])),
    )
    expect(covered).toEqual([])
    const svg = svgText(placed)
    expect(svg).toMatch(/^<svg /)
    const folder = process.env['DRAW_TO']
    if (folder) writeFileSync(join(folder, `${name.replace('/', '-')}.svg`), svg)
  })
})
