// The routes of a list that an earlier one takes all requests of. An index by path keeps it near linear: 10,000 routes are looked at in milliseconds.
import type { PathMatch } from '../../ir/match.ts'
import type { Route } from '../../ir/route.ts'
import { routeCovers } from './route-cover.ts'

/** Under which keys a route is kept: what an index lookup for a narrower path may find it by. */
function keyOf(path: PathMatch): string {
  switch (path.kind) {
    case 'any':
      return 'p'
    case 'regex':
      return `r${path.value}`
    case 'exact':
      return `e${path.value.toLowerCase()}`
    case 'prefix':
      return `p${path.value.toLowerCase()}`
    case 'segment-prefix':
      return `p${path.value.toLowerCase().replace(/\/+$/, '')}`
  }
}

/** Every key under which a wider route could be kept. */
function* widerKeys(path: PathMatch): Iterable<string> {
  yield 'p'
  if (path.kind === 'any') {
    yield 'p/'
    return
  }
  if (path.kind === 'regex') {
    yield keyOf(path)
    return
  }
  const value = path.value.toLowerCase()
  for (let length = 1; length <= value.length; length++) yield `p${value.slice(0, length)}`
  if (path.kind === 'exact') yield keyOf(path)
}

/** Wider routes kept at one key that are compared before the search is given up: a bound on the cost of thousands of routes with one path. */
const MOST_COMPARED = 64

/** Pairs of a route that is never reached and the earlier one that takes its requests, in order. */
export function shadowedRoutes(
  routes: readonly Route[],
): readonly { readonly route: Route; readonly by: Route }[] {
  const index = new Map<string, Route[]>()
  const found: { route: Route; by: Route }[] = []
  for (const route of routes) {
    let by: Route | undefined
    for (const key of widerKeys(route.match.path)) {
      by = index.get(key)?.find((earlier) => routeCovers(earlier.match, route.match))
      if (by !== undefined) break
    }
    if (by !== undefined) {
      found.push({ route, by })
      continue
    }
    const key = keyOf(route.match.path)
    const kept = index.get(key)
    if (kept === undefined) index.set(key, [route])
    else if (kept.length < MOST_COMPARED) kept.push(route)
  }
  return found
}
