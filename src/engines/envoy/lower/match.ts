// Header, query and path conditions as Envoy's matchers.
import type { HeaderMatch, QueryParameterMatch, RouteMatch } from '../../../ir/match.ts'
import { claimMatcher } from './claims.ts'
import { compact, type Message } from './proto.ts'
import { stringMatcher } from './string-matcher.ts'

/** config.route.v3.HeaderMatcher */
export function headerMatcher(header: HeaderMatch): Message {
  const condition =
    header.match.kind === 'present' ? { present_match: true } : { string_match: stringMatcher(header.match) }
  return compact({
    name: header.name,
    ...condition,
    invert_match: header.invert || undefined,
    treat_missing_header_as_empty: header.missingAsEmpty || undefined,
  })
}

function queryMatcher(parameter: QueryParameterMatch): Message {
  const condition =
    parameter.match.kind === 'present'
      ? { present_match: true }
      : { string_match: stringMatcher(parameter.match) }
  return { name: parameter.name, ...condition }
}

function pathMatcher(match: RouteMatch['path']): Message {
  switch (match.kind) {
    case 'any':
      return { prefix: '/' }
    case 'exact':
      return compact({ path: match.value, case_sensitive: match.ignoreCase ? false : undefined })
    case 'prefix':
      return compact({ prefix: match.value, case_sensitive: match.ignoreCase ? false : undefined })
    case 'segment-prefix': {
      const value = match.value.replace(/\/+$/, '')
      return value === '' ? { prefix: '/' } : { path_separated_prefix: value }
    }
    case 'regex':
      return { safe_regex: { regex: match.ignoreCase ? `(?i)${match.value}` : match.value } }
  }
}

/** config.route.v3.RouteMatch */
export function routeMatcher(match: RouteMatch): Message {
  const pseudo = (
    [
      [':method', match.method],
      [':scheme', match.scheme],
      [':authority', match.authority],
    ] as const
  ).flatMap(([name, value]) => (value ? [{ name, string_match: stringMatcher(value) }] : []))
  const headers = [...pseudo, ...(match.headers ?? []).map(headerMatcher)]
  return compact({
    ...pathMatcher(match.path),
    headers: headers.length > 0 ? headers : undefined,
    query_parameters: match.queryParameters?.map(queryMatcher),
    dynamic_metadata: match.claims?.map(({ path, match: wanted, invert }) =>
      compact({ ...claimMatcher(path, wanted), invert: invert || undefined }),
    ),
  })
}
