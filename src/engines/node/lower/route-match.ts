// A route's conditions to one function.
import type { HeaderMatch, PathMatch, QueryParameterMatch, RouteMatch } from '../../../ir/match.ts'
import { claimTest } from './claim-test.ts'
import type { RequestView } from './request-view.ts'
import { regexTest, type StringTest, stringTest } from './string-match.ts'

export type RequestTest = (request: RequestView) => boolean

/** Compiles all conditions of a match; throws on a pattern that is not RE2. */
export function routeTest(match: RouteMatch): RequestTest {
  const path = pathTest(match.path)
  const others: RequestTest[] = []
  const { method, scheme, authority } = match
  if (method) others.push(on(stringTest(method), (request) => request.method))
  if (scheme) others.push(on(stringTest(scheme), (request) => request.scheme))
  if (authority) others.push(on(stringTest(authority), (request) => request.authority))
  for (const header of match.headers ?? []) others.push(headerTest(header))
  for (const parameter of match.queryParameters ?? []) others.push(queryTest(parameter))
  for (const { path, match: wanted, invert } of match.claims ?? []) {
    const holds = claimTest(path, wanted)
    others.push(({ claims }) => holds(claims) !== (invert === true))
  }
  if (others.length === 0) return (request) => path(request.path)
  return (request) => path(request.path) && others.every((test) => test(request))
}

function on(test: (value: string) => boolean, read: (request: RequestView) => string): RequestTest {
  return (request) => test(read(request))
}

/** Compiles a path condition. */
export function pathTest(match: PathMatch): (path: string) => boolean {
  switch (match.kind) {
    case 'any':
      return () => true
    case 'regex':
      return regexTest(match.value, match.ignoreCase === true)
    case 'segment-prefix': {
      const prefix = match.value
      return (path) =>
        path.startsWith(prefix) &&
        (path.length === prefix.length || prefix.endsWith('/') || path.charCodeAt(prefix.length) === 47)
    }
    default: {
      const ignoreCase = match.ignoreCase === true
      const wanted = ignoreCase ? match.value.toLowerCase() : match.value
      const given = ignoreCase ? (path: string) => path.toLowerCase() : (path: string) => path
      return match.kind === 'exact'
        ? (path) => given(path) === wanted
        : (path) => given(path).startsWith(wanted)
    }
  }
}

function headerTest({ name, match, invert, missingAsEmpty }: HeaderMatch): RequestTest {
  const test = stringTest(match)
  const wanted = invert !== true
  // As in Envoy, a condition on the value of a missing header does not hold, negated or not.
  const missing = match.kind === 'present' && !wanted
  return (request) => {
    const value = request.header(name) ?? (missingAsEmpty === true ? '' : undefined)
    return value === undefined ? missing : anyLine(request, name, value, test) === wanted
  }
}

/** Whether the test holds of a header: as in Envoy, of any of its lines where it stands several times, never of them joined. */
export function anyLine(request: RequestView, name: string, joined: string, test: StringTest): boolean {
  return joined.includes(',') ? request.headerLines(name).some(test) : test(joined)
}

function queryTest({ name, match }: QueryParameterMatch): RequestTest {
  const test = stringTest(match)
  return (request) => {
    const value = queryParameter(request.query, name)
    return value !== undefined && test(value)
  }
}

/** The first value of a query parameter, as written: Envoy decodes neither names nor values. */
export function queryParameter(query: string, name: string): string | undefined {
  if (query === '') return undefined
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    const key = equals < 0 ? part : part.slice(0, equals)
    if (key === name) return equals < 0 ? '' : part.slice(equals + 1)
  }
  return undefined
}
