// The figures as a picture: one row of bars per scenario, the first peer being 1.
import { type Results, ratio } from './report.ts'

const WIDTH = 860
const LEFT = 190
const BAR = 13
const GAP = 18
const COLOURS = { own: '#1d6fb8', other: '#9aa5b1', text: '#1f2933', faint: '#d5dbe1' }

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const own = (name: string): boolean => name.startsWith('sallyport')

/** An SVG document. */
export function chart(results: Results): string {
  const { scenarios, peers, date } = results
  const ratios = scenarios.map((_, at) => peers.map((__, peer) => ratio(results, at, peer)))
  const scale = (WIDTH - LEFT - 70) / Math.max(1, ...ratios.flat().filter(Number.isFinite))
  const parts: string[] = []
  let y = 46
  const label = (x: number, at: number, text: string, rest = ''): void => {
    parts.push(`<text x="${x}" y="${at}" ${rest}>${escape(text)}</text>`)
  }
  for (const [at, { title }] of scenarios.entries()) {
    label(8, y + 10, title, 'font-weight="600" font-size="13"')
    y += 18
    for (const [peer, { name }] of peers.entries()) {
      const value = ratios[at]?.[peer] ?? Number.NaN
      if (!Number.isFinite(value)) continue
      label(LEFT - 8, y + 10, name, 'text-anchor="end"')
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR - 2}" rx="2" fill="${own(name) ? COLOURS.own : COLOURS.other}"/>`,
      )
      label(LEFT + value * scale + 5, y + 10, value.toFixed(2))
      y += BAR + 1
    }
    y += GAP
  }
  const one = LEFT + scale
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="11" fill="${COLOURS.text}">`,
    `<title>How much better than ${escape(peers[0]?.name ?? '')}, ${date}</title>`,
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    `<text x="8" y="24" font-size="15" font-weight="700">How much better than ${escape(peers[0]?.name ?? '')} on one core, ${date}</text>`,
    `<line x1="${one}" x2="${one}" y1="44" y2="${y - GAP}" stroke="${COLOURS.faint}" stroke-dasharray="3 3"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}
