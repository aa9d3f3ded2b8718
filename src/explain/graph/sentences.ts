// The graph in words, for those who do not see the picture.
import type { Graph } from './graph.ts'

/** A sentence for each arrow that says something, those that are broken first. */
export function sentences({ nodes, edges }: Graph): readonly string[] {
  const titles = new Map(nodes.map(({ id, title }) => [id, title]))
  const said = edges.filter(({ lines, broken }) => lines.length > 0 || broken)
  return [...said]
    .sort((a, b) => Number(b.broken !== undefined) - Number(a.broken !== undefined))
    .map(({ from, to, lines, broken }) => {
      const way = `${titles.get(from) ?? from} to ${titles.get(to) ?? to}`
      const code = broken?.code ? ` (${broken.code})` : ''
      const how = [...lines, ...(broken ? [`broken: ${broken.text}${code}`] : [])].join(', ')
      return `${way}: ${how}${/[.!?]$/.test(how) ? '' : '.'}`
    })
}
