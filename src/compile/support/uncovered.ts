// The fields of an object that a declaration does not cover.
import type { Support } from './declaration.ts'

type Step = { readonly key: string } | { readonly index: number }

/** `spec.rules[].http` as steps; `*` any key, `**` everything below. */
function patternSteps(pattern: string): readonly string[] {
  return pattern.replaceAll('[]', '.[]').split('.')
}

const known = new WeakMap<Support, readonly (readonly string[])[]>()

function patternsOf(support: Support): readonly (readonly string[])[] {
  const before = known.get(support)
  if (before !== undefined) return before
  const patterns = support.fields.map(patternSteps)
  known.set(support, patterns)
  return patterns
}

/** How far a path is covered: `full` itself and all below, `part` something below it may be, `none`. */
function coverage(path: readonly Step[], patterns: readonly (readonly string[])[]): 'full' | 'part' | 'none' {
  let best: 'part' | 'none' = 'none'
  for (const pattern of patterns) {
    let index = 0
    for (; index < path.length; index++) {
      const want = pattern[index]
      const step = path[index]
      if (want === '**') return 'full'
      if (want === undefined || step === undefined) break
      if ('index' in step ? want !== '[]' : want !== '*' && want !== step.key) break
    }
    if (index < path.length) continue
    if (pattern.length === path.length) return 'full'
    if (pattern[index] === '**' && pattern.length === index + 1) return 'full'
    best = 'part'
  }
  return best
}

const text = (path: readonly Step[]): string =>
  path.reduce(
    (made, step) =>
      'index' in step ? `${made}[${step.index}]` : made === '' ? step.key : `${made}.${step.key}`,
    '',
  )

/** The path with `[]` for positions: how declarations write it. */
const general = (path: readonly Step[]): string =>
  path.reduce(
    (made, step) => ('index' in step ? `${made}[]` : made === '' ? step.key : `${made}.${step.key}`),
    '',
  )

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)

export interface Uncovered {
  readonly field: string
  /** As declarations write it. */
  readonly pattern: string
  readonly note?: string
}

/** All fields under spec that hold something and that nothing acts on; the outermost of each. */
export function uncovered(object: unknown, support: Support): readonly Uncovered[] {
  const patterns = patternsOf(support)
  const found: Uncovered[] = []
  const visit = (value: unknown, path: readonly Step[]): void => {
    if (isEmpty(value)) return
    const covered = coverage(path, patterns)
    if (covered === 'full') return
    const pattern = general(path)
    const inert = support.inert?.[pattern]
    if (inert?.some((one) => JSON.stringify(one) === JSON.stringify(value))) return
    if (covered === 'none') {
      const note = support.notes?.[pattern]
      found.push({ field: text(path), pattern, ...(note === undefined ? {} : { note }) })
      return
    }
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, [...path, { index }])
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(item, [...path, { key }])
    }
  }
  visit((object as { readonly spec?: unknown }).spec, [{ key: 'spec' }])
  return found
}
