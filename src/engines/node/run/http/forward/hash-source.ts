// What consistent hashing looks at.
import type { HashSource } from '../../../../../ir/route.ts'
import { queryParameter } from '../../../lower/route-match.ts'
import { hashText } from '../../upstream/hash-ring.ts'
import { hexId } from '../headers/request-id.ts'
import type { RequestContext } from '../request-context.ts'

export interface RequestHash {
  readonly hash: number
  /** A cookie that was made up for a client that had none, for Set-Cookie. */
  readonly setCookie?: string
}

/** The hash of the first source that yields a value; undefined when none does. */
export function requestHash(
  sources: readonly HashSource[],
  context: RequestContext,
): RequestHash | undefined {
  for (const source of sources) {
    const value = read(source, context)
    if (value !== undefined) return { hash: hashText(value) }
    if (source.kind === 'cookie' && source.ttlSeconds !== undefined)
      return newCookie(source, source.ttlSeconds)
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

/** Envoy makes a cookie up when it has a lifetime; 0 means as long as the browser's session. */
function newCookie(source: Extract<HashSource, { kind: 'cookie' }>, ttlSeconds: number): RequestHash {
  const value = hexId().slice(0, 16)
  const age = ttlSeconds === 0 ? '' : `; Max-Age=${ttlSeconds}`
  const path = source.path === undefined ? '' : `; Path=${source.path}`
  return { hash: hashText(value), setCookie: `${source.name}="${value}"${age}${path}; HttpOnly` }
}

/** The value of a cookie in a Cookie field, without quotes. */
export function cookie(field: string | undefined, name: string): string | undefined {
  for (const part of (field ?? '').split(/[;,]/)) {
    const equals = part.indexOf('=')
    if (equals > 0 && part.slice(0, equals).trim() === name) {
      return part
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1')
    }
  }
  return undefined
}
