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

/**
 * The source with `has(x[0].f)` as `x[0].?f.hasValue()`: the library's `has` takes plain field paths only, and the two mean the same.
 */
export function expandHas(source: string): string {
  return join(expand([...tokens(source)]))
}

const join = (list: readonly Token[]): string => list.map(({ text }) => text).join('')

function expand(all: readonly Token[]): Token[] {
  const out: Token[] = []
  let before = ''
  for (let at = 0; at < all.length; at++) {
    const token = all[at] as Token
    const end = token.text === 'has' && token.kind === 'name' && before !== '.' ? callEnd(all, at) : undefined
    const argument = end === undefined ? undefined : indexedField(all.slice(at + 1, end).slice(1))
    if (end !== undefined && argument) {
      out.push(...expand(argument.of), { kind: 'other', text: `.?${argument.field}.hasValue()` })
      at = end
    } else out.push(token)
    if (token.text.trim() !== '') before = token.text
  }
  return out
}

/** Where the call that starts here closes. */
function callEnd(all: readonly Token[], at: number): number | undefined {
  if (all[at + 1]?.text !== '(') return undefined
  let depth = 0
  for (let end = at + 1; end < all.length; end++) {
    if (all[end]?.text === '(') depth++
    else if (all[end]?.text === ')' && --depth === 0) return end
  }
  return undefined
}

/** An argument that is a field of something which is no plain path. */
function indexedField(argument: readonly Token[]): { of: readonly Token[]; field: string } | undefined {
  const parts = argument.filter(({ text }) => text.trim() !== '')
  const [dot, field] = parts.slice(-2)
  const plain = !parts.some(({ text }) => text === '[' || text === '(')
  if (plain || dot?.text !== '.' || field?.kind !== 'name') return undefined
  return { of: parts.slice(0, -2), field: field.text }
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
