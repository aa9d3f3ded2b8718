// What consistent hashing looks at.
import type { HashSource } from '../../../../ir/route.ts'
import { queryParameter } from '../../lower/route-match.ts'
import { hashText } from '../upstream/hash-ring.ts'
import type { RequestContext } from './request-context.ts'

/** The hash of the first source that yields a value; undefined when none does. */
export function requestHash(sources: readonly HashSource[], context: RequestContext): number | undefined {
  for (const source of sources) {
    const value = read(source, context)
    if (value !== undefined) return hashText(value)
  }
  return undefined
}

function read(source: HashSource, context: RequestContext): string | undefined {
  switch (source.kind) {
    case 'header':
      return context.header(source.name)
    case 'source-ip':
      return context.clientAddress
    case 'query':
      return queryParameter(context.query, source.name)
    case 'cookie':
      return cookie(context.header('cookie'), source.name)
  }
}

/** The value of a cookie in a Cookie field. */
export function cookie(field: string | undefined, name: string): string | undefined {
  for (const part of (field ?? '').split(/[;,]/)) {
    const equals = part.indexOf('=')
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim()
  }
  return undefined
}
