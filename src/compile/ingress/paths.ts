// Ingress paths as route matches, and the order in which nginx and Kubernetes try them.
import type { PathMatch } from '../../ir/match.ts'
import type { IngressPath } from '../../resources/ingress.ts'

const everything = (path: string): boolean => path === '' || path === '/'

/** `ImplementationSpecific` is what the classic ALB did for every path: a plain prefix, as an nginx location. */
export function pathMatch(path: string, type: IngressPath['pathType']): PathMatch {
  if (type === 'Exact') return { kind: 'exact', value: path }
  if (everything(path)) return { kind: 'any' }
  if (type !== 'Prefix') return { kind: 'prefix', value: path }
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? { kind: 'any' } : { kind: 'segment-prefix', value: trimmed }
}

const rank: Readonly<Record<PathMatch['kind'], number>> = {
  exact: 0,
  regex: 1,
  'segment-prefix': 2,
  prefix: 2,
  any: 3,
}
const lengthOf = (match: PathMatch): number => (match.kind === 'any' ? 0 : match.value.length)

/** Exact first, then the longest; segments before plain prefix at the same length. */
export function comparePaths(a: PathMatch, b: PathMatch): number {
  return (
    rank[a.kind] - rank[b.kind] ||
    lengthOf(b) - lengthOf(a) ||
    (a.kind === b.kind ? 0 : a.kind === 'segment-prefix' ? -1 : 1)
  )
}
