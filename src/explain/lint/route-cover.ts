// Whether one route takes every request of another: for routes that can never be reached. Sound, not complete: a cover that cannot be seen is not claimed.
import type { PathMatch, RouteMatch, StringMatch } from '../../ir/match.ts'

/** Every string that `narrow` takes is taken by `wide`. */
function stringCovers(wide: StringMatch | undefined, narrow: StringMatch | undefined): boolean {
  if (wide === undefined) return true
  if (narrow === undefined) return false
  if (JSON.stringify(wide) === JSON.stringify(narrow) || wide.kind === 'present') return true
  if (narrow.kind === 'present' || wide.kind === 'regex' || narrow.kind === 'regex') return false
  const fold = wide.ignoreCase === true
  if (narrow.ignoreCase === true && !fold) return false
  const value = fold ? narrow.value.toLowerCase() : narrow.value
  const wanted = fold ? wide.value.toLowerCase() : wide.value
  if (wide.kind === 'exact') return narrow.kind === 'exact' && value === wanted
  if (wide.kind === 'prefix') return narrow.kind !== 'suffix' && value.startsWith(wanted)
  return narrow.kind !== 'prefix' && value.endsWith(wanted)
}

const trimmed = (path: string): string => path.replace(/\/+$/, '')

/** Every path that `narrow` takes is taken by `wide`. */
export function pathCovers(wide: PathMatch, narrow: PathMatch): boolean {
  if (wide.kind === 'any') return true
  if (narrow.kind === 'any') return wide.kind === 'prefix' && wide.value === '/'
  if (wide.kind === 'regex' || narrow.kind === 'regex') return JSON.stringify(wide) === JSON.stringify(narrow)
  const folds = (path: PathMatch): boolean => 'ignoreCase' in path && path.ignoreCase === true
  if (folds(narrow) && !folds(wide)) return false
  const wanted = folds(wide) ? wide.value.toLowerCase() : wide.value
  const value = folds(wide) ? narrow.value.toLowerCase() : narrow.value
  switch (wide.kind) {
    case 'exact':
      return narrow.kind === 'exact' && wanted === value
    case 'prefix':
      // A segment prefix takes its path without the slash at the end as well.
      return narrow.kind === 'segment-prefix' ? trimmed(value).startsWith(wanted) : value.startsWith(wanted)
    case 'segment-prefix': {
      const base = trimmed(wanted)
      // With a slash at its end it does not take the path without.
      const inside = value === wanted || value.startsWith(`${base}/`)
      return narrow.kind === 'prefix' ? value.startsWith(`${base}/`) || base === '' : inside
    }
  }
}

/** Every request that `narrow` takes is taken by `wide`. */
export function routeCovers(wide: RouteMatch, narrow: RouteMatch): boolean {
  const header = (wanted: NonNullable<RouteMatch['headers']>[number]): boolean =>
    (narrow.headers ?? []).some((one) =>
      wanted.invert === true || one.invert === true || one.missingAsEmpty === true
        ? JSON.stringify(one) === JSON.stringify(wanted)
        : one.name === wanted.name && stringCovers(wanted.match, one.match),
    )
  return (
    pathCovers(wide.path, narrow.path) &&
    stringCovers(wide.method, narrow.method) &&
    stringCovers(wide.scheme, narrow.scheme) &&
    stringCovers(wide.authority, narrow.authority) &&
    (wide.headers ?? []).every(header) &&
    (wide.queryParameters ?? []).every((wanted) =>
      (narrow.queryParameters ?? []).some(
        (one) => one.name === wanted.name && stringCovers(wanted.match, one.match),
      ),
    ) &&
    (wide.claims ?? []).every((wanted) =>
      (narrow.claims ?? []).some((one) => JSON.stringify(one) === JSON.stringify(wanted)),
    )
  )
}
