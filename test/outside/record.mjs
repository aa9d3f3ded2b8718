// Puts the results of a suite between its marks in docs/conformance.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const page = join(root, 'docs/conformance.md')

/** Replaces what stands between `<!-- suite -->` and `<!-- /suite -->`. */
export function record(suite, lines) {
  const text = readFileSync(page, 'utf8')
  const [open, close] = [`<!-- ${suite} -->`, `<!-- /${suite} -->`]
  const [from, to] = [text.indexOf(open), text.indexOf(close)]
  if (from < 0 || to < from) throw new Error(`docs/conformance.md has no place for ${suite}`)
  writeFileSync(page, `${text.slice(0, from + open.length)}\n\n${lines.join('\n')}\n\n${text.slice(to)}`)
}

export const today = () => new Date().toISOString().slice(0, 10)
