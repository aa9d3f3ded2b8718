// The reference semantics of matching, plain and slow: says not only whether a condition holds but which one failed first. Engines compile the same rules for speed.
import { RE2JS } from 're2js'
import { type Claims, claimAt, claimTexts } from '../ir/jwt.ts'
import type { HeaderMatch, PathMatch, QueryParameterMatch, RouteMatch, StringMatch } from '../ir/match.ts'

/** The values of a header, line by line, by its lower-case name. */
export interface HeaderValues {
  valuesOf(name: string): readonly string[]
}

/** A request as the matcher sees it. */
export interface MatchInput {
  readonly method: string
  readonly scheme: string
  /** As sent, port included. */
  readonly authority: string
  /** Normalised, with query. */
  readonly target: string
  readonly headers: HeaderValues
  /** Of the token that was verified. */
  readonly claims?: Claims
}

/** A condition that did not hold: which one, what it wanted and what it saw. */
export interface Mismatch {
  readonly condition: string
  readonly wanted: string
  readonly got: string
}

const fold = (text: string, ignoreCase: boolean | undefined) => (ignoreCase ? text.toLowerCase() : text)

/** Whether `value` satisfies the match; regular expressions are RE2 and must match the whole value. A pattern that does not compile matches nothing. */
export function matchesString(match: StringMatch, value: string | undefined): boolean {
  if (match.kind === 'present') return value !== undefined
  if (value === undefined) return false
  if (match.kind === 'regex') return matchesRegex(match.value, value)
  const text = fold(value, match.ignoreCase)
  const wanted = fold(match.value, match.ignoreCase)
  if (match.kind === 'exact') return text === wanted
  return match.kind === 'prefix' ? text.startsWith(wanted) : text.endsWith(wanted)
}

/** Whether one of a header's lines does: as in Envoy, never all of them joined. */
export const matchesAny = (match: StringMatch, values: readonly string[]): boolean =>
  values.some((value) => matchesString(match, value))

/** Whether a claim satisfies the match: its text, or any text in its list; `present` is a claim of whatever type. */
export const matchesClaim = (match: StringMatch, value: unknown): boolean =>
  match.kind === 'present'
    ? value !== undefined
    : claimTexts(value).some((text) => matchesString(match, text))

/** RE2, the whole text. */
export function matchesRegex(pattern: string, text: string, ignoreCase = false): boolean {
  try {
    return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
      .matcher(text)
      .matches()
  } catch {
    return false
  }
}

/** Whether a path without query satisfies the condition. */
export function matchesPath(match: PathMatch, path: string): boolean {
  switch (match.kind) {
    case 'any':
      return true
    case 'exact':
      return fold(path, match.ignoreCase) === fold(match.value, match.ignoreCase)
    case 'prefix':
      return fold(path, match.ignoreCase).startsWith(fold(match.value, match.ignoreCase))
    case 'segment-prefix': {
      const { value } = match
      return path.startsWith(value) && (path === value || value.endsWith('/') || path[value.length] === '/')
    }
    case 'regex':
      return matchesRegex(match.value, path, match.ignoreCase)
  }
}

const describeString = (match: StringMatch): string =>
  match.kind === 'present'
    ? 'present'
    : `${match.kind} ${JSON.stringify(match.value)}${'ignoreCase' in match && match.ignoreCase ? ' (any case)' : ''}`

/** `prefix "/status"`: a path condition in words. */
export const describePath = (match: PathMatch): string =>
  match.kind === 'any' ? 'any path' : `${match.kind} ${JSON.stringify(match.value)}`

function headerMismatch(condition: HeaderMatch, headers: HeaderValues): Mismatch | undefined {
  const values = headers.valuesOf(condition.name)
  const seen = values.length === 0 && condition.missingAsEmpty ? [''] : values
  const invert = condition.invert ?? false
  // As in Envoy, a condition on the value of a missing header does not hold, negated or not.
  const known = seen.length > 0 || condition.match.kind === 'present'
  if (known && matchesAny(condition.match, seen) !== invert) return undefined
  return {
    condition: `header ${condition.name}`,
    wanted: `${condition.invert ? 'not ' : ''}${describeString(condition.match)}`,
    got: seen.length === 0 ? 'absent' : seen.map((value) => JSON.stringify(value)).join(' and '),
  }
}

/** The first value of a query parameter, as written: the engines decode neither names nor values. */
function queryParameter(query: string, name: string): string | undefined {
  const pairs = query === '' ? [] : query.split('&').map((part) => /^([^=]*)=?(.*)$/s.exec(part) ?? [])
  return pairs.find(([, key]) => key === name)?.[2]
}

function queryMismatch(condition: QueryParameterMatch, query: string): Mismatch | undefined {
  const value = queryParameter(query, condition.name)
  if (matchesString(condition.match, value)) return undefined
  return {
    condition: `query parameter ${condition.name}`,
    wanted: describeString(condition.match),
    got: value === undefined ? 'absent' : JSON.stringify(value),
  }
}

/** Undefined when every condition holds, else the first that does not. */
export function routeMismatch(match: RouteMatch, input: MatchInput): Mismatch | undefined {
  const question = input.target.indexOf('?')
  const path = question < 0 ? input.target : input.target.slice(0, question)
  const query = question < 0 ? '' : input.target.slice(question + 1)
  if (!matchesPath(match.path, path))
    return { condition: 'path', wanted: describePath(match.path), got: JSON.stringify(path) }
  const plain: readonly (readonly [string, StringMatch | undefined, string])[] = [
    ['method', match.method, input.method],
    ['scheme', match.scheme, input.scheme],
    ['authority', match.authority, input.authority],
  ]
  for (const [condition, wanted, got] of plain) {
    if (wanted && !matchesString(wanted, got))
      return { condition, wanted: describeString(wanted), got: JSON.stringify(got) }
  }
  for (const header of match.headers ?? []) {
    const mismatch = headerMismatch(header, input.headers)
    if (mismatch) return mismatch
  }
  for (const parameter of match.queryParameters ?? []) {
    const mismatch = queryMismatch(parameter, query)
    if (mismatch) return mismatch
  }
  return firstClaimMismatch(match, input)
}

function firstClaimMismatch({ claims = [] }: RouteMatch, input: MatchInput): Mismatch | undefined {
  for (const { path, match, invert = false } of claims) {
    const value = claimAt(input.claims, path)
    if (matchesClaim(match, value) !== invert) continue
    return {
      condition: `claim ${path.join('.')}`,
      wanted: `${invert ? 'not ' : ''}${describeString(match)}`,
      got: value === undefined ? 'absent' : JSON.stringify(value),
    }
  }
  return undefined
}
