// One match block of a VirtualService as the model's route match. All conditions of a block must hold.
import type { ClaimMatch, HeaderMatch, PathMatch, RouteMatch } from '../../ir/match.ts'
import type { HttpMatch, IstioStringMatch } from '../../resources/virtual-service.ts'
import { stringMatch } from './strings.ts'

/** Header names that Istio ignores in `headers`, because other fields match them. */
const RESERVED = ['uri', 'scheme', 'method', 'authority']

function pathOf(uri: IstioStringMatch | undefined, ignoreCase: boolean): PathMatch {
  const fold = ignoreCase ? { ignoreCase: true } : {}
  if (uri?.exact !== undefined) return { kind: 'exact', value: uri.exact, ...fold }
  if (uri?.prefix !== undefined && uri.prefix !== '/' && uri.prefix !== '') {
    return { kind: 'prefix', value: uri.prefix, ...fold }
  }
  // `*` is what older Istio took for "anything".
  if (uri?.regex !== undefined && uri.regex !== '.*' && uri.regex !== '*')
    return { kind: 'regex', value: uri.regex }
  return { kind: 'any' }
}

const CLAIMS = '@request.auth.claims'
const isClaim = (name: string): boolean => name.toLowerCase().startsWith(CLAIMS)

/** `@request.auth.claims.a.b` or `@request.auth.claims[a][b]` as the path a, b. */
function claimPath(name: string): readonly string[] {
  const rest = name.slice(CLAIMS.length)
  return rest.startsWith('[') ? rest.slice(1).replace(/\]$/, '').split('][') : rest.slice(1).split('.')
}

function claimsOf(match: HttpMatch): readonly ClaimMatch[] {
  const read = (named: HttpMatch['headers'], invert: boolean): readonly ClaimMatch[] =>
    Object.entries(named ?? {})
      .filter(([name]) => isClaim(name))
      .map(([name, value]) => ({
        path: claimPath(name),
        match: stringMatch(value),
        ...(invert ? { invert } : {}),
      }))
  return [...read(match.headers, false), ...read(match.withoutHeaders, true)]
}

function headersOf(match: HttpMatch): readonly HeaderMatch[] {
  const wanted = Object.entries(match.headers ?? {})
    .filter(([name]) => !RESERVED.includes(name.toLowerCase()) && !isClaim(name))
    .map(([name, value]) => ({ name: name.toLowerCase(), match: stringMatch(value) }))
  const unwanted = Object.entries(match.withoutHeaders ?? {})
    .filter(([name]) => !isClaim(name))
    .map(([name, value]) => {
      const pattern = stringMatch(value)
      // A missing header counts as the empty string, but for presence, which then could never be absent.
      const missing = pattern.kind === 'present' ? {} : { missingAsEmpty: true }
      return { name: name.toLowerCase(), match: pattern, invert: true, ...missing }
    })
  return [...wanted, ...unwanted]
}

/** The model's match; `undefined` (no block) matches everything. */
export function routeMatch(match: HttpMatch | undefined): RouteMatch {
  if (match === undefined) return { path: { kind: 'any' } }
  const headers = headersOf(match)
  const claims = claimsOf(match)
  const query = Object.entries(match.queryParams ?? {}).map(([name, value]) => ({
    name,
    match: stringMatch(value),
  }))
  return {
    path: pathOf(match.uri, match.ignoreUriCase ?? false),
    ...(match.method === undefined ? {} : { method: stringMatch(match.method) }),
    ...(match.scheme === undefined ? {} : { scheme: stringMatch(match.scheme) }),
    ...(match.authority === undefined ? {} : { authority: stringMatch(match.authority) }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(query.length === 0 ? {} : { queryParameters: query }),
    ...(claims.length === 0 ? {} : { claims }),
  }
}

/** Istio's catch-all: any path and no condition on headers, query or claims; what follows it is never reached. */
export function isCatchAll(match: RouteMatch): boolean {
  return (
    match.path.kind === 'any' &&
    match.headers === undefined &&
    match.queryParameters === undefined &&
    match.claims === undefined &&
    match.method === undefined &&
    match.scheme === undefined &&
    match.authority === undefined
  )
}
