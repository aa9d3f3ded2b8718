// Ingress paths as route matches, and the order in which nginx and Kubernetes try them.
import type { PathMatch } from '../../ir/match.ts'
import type { IngressPath } from '../../resources/ingress.ts'
import type { ServiceSettings } from './settings.ts'

const everything = (path: string): boolean => path === '' || path === '/'

type Modifier = ServiceSettings['modifier']

/** nginx matches anywhere in the path unless the expression is anchored; the model's regex is the whole path. */
function wholePath(expression: string): string {
  const start = expression.startsWith('^') ? '' : '.*'
  const end = expression.endsWith('$') ? '' : '.*'
  return `${start}(?:${expression.replace(/^\^/, '').replace(/\$$/, '')})${end}`
}

/** `ImplementationSpecific` is what the classic ALB did for every path: a plain prefix, as an nginx location. A location modifier decides alone. */
export function pathMatch(path: string, type: IngressPath['pathType'], modifier?: Modifier): PathMatch {
  if (modifier === '~') return { kind: 'regex', value: wholePath(path) }
  if (modifier === '~*') return { kind: 'regex', value: wholePath(path), ignoreCase: true }
  if (type === 'Exact' || modifier === '=') return { kind: 'exact', value: path }
  if (everything(path)) return { kind: 'any' }
  if (type !== 'Prefix' || modifier === '^~') return { kind: 'prefix', value: path }
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? { kind: 'any' } : { kind: 'segment-prefix', value: trimmed }
}

/** A path with how it came about: `^~` stands before all regular expressions. */
export interface Ranked {
  readonly match: PathMatch
  readonly modifier?: Modifier
}

const rank: Readonly<Record<PathMatch['kind'], number>> = {
  exact: 0,
  regex: 1,
  'segment-prefix': 2,
  prefix: 2,
  any: 3,
}
const lengthOf = (match: PathMatch): number => (match.kind === 'any' ? 0 : match.value.length)

/** Exact first, then `^~`, then regular expressions as written, then the longest prefix; segments before plain prefix at the same length. */
export function comparePaths(a: Ranked, b: Ranked): number {
  const rankOf = (one: Ranked): number => (one.modifier === '^~' ? 0.5 : rank[one.match.kind])
  return (
    rankOf(a) - rankOf(b) ||
    (a.match.kind === 'regex' ? 0 : lengthOf(b.match) - lengthOf(a.match)) ||
    (a.match.kind === b.match.kind ? 0 : a.match.kind === 'segment-prefix' ? -1 : 1)
  )
}
