// The tokens of a request that a provider looks at, in Envoy's order: headers, query parameters, cookies.
import type { TokenPlaces } from '../jwt.ts'

/** What is looked at of a request. */
export interface TokenCarrier {
  /** By lower-case name; several values are joined by a comma. */
  header(name: string): string | undefined
  /** Without `?`. */
  readonly query: string
}

export interface FoundToken {
  readonly text: string
  /** What must go from the request when the token is not to be forwarded; cookies stay. */
  readonly remove?:
    | { readonly kind: 'remove-header'; readonly name: string }
    | { readonly kind: 'remove-parameter'; readonly name: string }
}

/** All of them; an empty one is a bad one. */
export function findTokens(request: TokenCarrier, places: TokenPlaces): readonly FoundToken[] {
  return [
    ...places.headers.flatMap(({ name, prefix }): FoundToken[] => {
      const text = afterPrefix(request.header(name), prefix)
      return text === undefined ? [] : [{ text, remove: { kind: 'remove-header', name } }]
    }),
    ...places.parameters.flatMap((name): FoundToken[] => {
      const text = parameter(request.query, name)
      return text === undefined ? [] : [{ text, remove: { kind: 'remove-parameter', name } }]
    }),
    ...places.cookies.flatMap((name): FoundToken[] => {
      const text = cookie(request.header('cookie'), name)
      return text === undefined ? [] : [{ text }]
    }),
  ]
}

function afterPrefix(value: string | undefined, prefix: string): string | undefined {
  if (value === undefined || prefix === '') return value
  const at = value.indexOf(prefix)
  if (at < 0) return undefined
  const rest = value.slice(at + prefix.length)
  const start = rest.search(/[A-Za-z0-9_.-]/)
  return start < 0 ? rest : rest.slice(start)
}

const split = (pair: string): readonly [name: string, value: string] => {
  const equals = pair.indexOf('=')
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
}

function parameter(query: string, name: string): string | undefined {
  const found = query
    .split('&')
    .map(split)
    .find(([key]) => decoded(key) === name)
  return found === undefined ? undefined : decoded(found[1])
}

/** The query without every parameter of that name. */
export function withoutParameter(query: string, name: string): string {
  return query
    .split('&')
    .filter((pair) => decoded(split(pair)[0]) !== name)
    .join('&')
}

function cookie(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '')
    .split(';')
    .map((pair) => split(pair.trim()))
    .find(([key]) => key === name)
  const value = found?.[1]
  return value?.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
