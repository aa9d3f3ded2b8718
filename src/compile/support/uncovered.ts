// The fields of an object that a declaration does not cover.
import type { Support } from './declaration.ts'

/** What may follow a field, as a tree: patterns that begin alike share their beginning. */
interface Covered {
  /** The field itself is covered, with everything below. */
  full: boolean
  /** By key; `[]` for the elements of a list, `*` for any key. */
  readonly below: Map<string, Covered>
}

const known = new WeakMap<Support, Covered>()

/** `spec.rules[].http` as a tree; `*` any key, `**` everything below. */
function coveredBy(support: Support): Covered {
  const before = known.get(support)
  if (before !== undefined) return before
  const root: Covered = { full: false, below: new Map() }
  for (const pattern of support.fields) {
    let node = root
    for (const step of pattern.replaceAll('[]', '.[]').split('.')) {
      if (step === '**') break
      let next = node.below.get(step)
      if (next === undefined) {
        next = { full: false, below: new Map() }
        node.below.set(step, next)
      }
      node = next
    }
    node.full = true
  }
  known.set(support, root)
  return root
}

/** The trees below a key, or below the elements of a list. */
function step(covered: readonly Covered[], key: string): readonly Covered[] {
  const next: Covered[] = []
  for (const { below } of covered) {
    const own = below.get(key)
    const any = key === '[]' ? undefined : below.get('*')
    if (own !== undefined) next.push(own)
    if (any !== undefined) next.push(any)
  }
  return next
}

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
  const found: Uncovered[] = []
  const visit = (value: unknown, covered: readonly Covered[], field: string, pattern: string): void => {
    if (isEmpty(value) || covered.some((one) => one.full)) return
    const inert = support.inert?.[pattern]
    if (inert?.some((one) => JSON.stringify(one) === JSON.stringify(value))) return
    if (covered.length === 0) {
      const note = support.notes?.[pattern]
      found.push({ field, pattern, ...(note === undefined ? {} : { note }) })
      return
    }
    if (Array.isArray(value)) {
      const inner = step(covered, '[]')
      for (const [index, item] of value.entries()) visit(item, inner, `${field}[${index}]`, `${pattern}[]`)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        visit(item, step(covered, key), `${field}.${key}`, `${pattern}.${key}`)
      }
    }
  }
  const { spec } = object as { readonly spec?: unknown }
  visit(spec, step([coveredBy(support)], 'spec'), 'spec', 'spec')
  return found
}
