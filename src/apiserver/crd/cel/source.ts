// CEL text, read just far enough to swap function names and to see what a rule uses: strings and comments are skipped.

interface Token {
  readonly kind: 'name' | 'other'
  readonly text: string
}

const STRING =
  /^([rR]|[bB]|[rR][bB]|[bB][rR])?("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/
const RAW = /^([rR]|[rR][bB]|[bB][rR])("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')/
const COMMENT = /^\/\/[^\n]*/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/

function* tokens(source: string): Generator<Token> {
  let rest = source
  while (rest !== '') {
    const other = RAW.exec(rest)?.[0] ?? STRING.exec(rest)?.[0] ?? COMMENT.exec(rest)?.[0]
    const name = other === undefined ? NAME.exec(rest)?.[0] : undefined
    const text = other ?? name ?? rest.charAt(0)
    yield { kind: name === undefined ? 'other' : 'name', text }
    rest = rest.slice(text.length)
  }
}

/** The source with calls of the named functions going to others: `x.matches(y)` to `x.re2Matches(y)`. */
export function renameCalls(source: string, names: ReadonlyMap<string, string>): string {
  const all = [...tokens(source)]
  return all
    .map(({ kind, text }, index) => {
      const target = kind === 'name' ? names.get(text) : undefined
      if (target === undefined) return text
      const next = all.slice(index + 1).find((token) => token.text.trim() !== '')
      return next?.text === '(' ? target : text
    })
    .join('')
}

/** Whether the source uses an identifier (not as a field of something). */
export function uses(source: string, identifier: string): boolean {
  let before = ''
  for (const { kind, text } of tokens(source)) {
    if (kind === 'name' && text === identifier && before !== '.') return true
    if (text.trim() !== '') before = text
  }
  return false
}

const MACROS = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter'])

/** How deep loops over collections are nested. */
export function loopDepth(source: string): number {
  const open: boolean[] = []
  let [deepest, depth] = [0, 0]
  let last: Token | undefined
  for (const token of tokens(source)) {
    if (token.text.trim() === '') continue
    if (token.text === '(') {
      const loop = last?.kind === 'name' && MACROS.has(last.text)
      open.push(loop)
      if (loop) deepest = Math.max(deepest, ++depth)
    } else if (token.text === ')' && open.pop()) depth--
    last = token
  }
  return deepest
}
