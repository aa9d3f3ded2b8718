// Path normalisation as Istio's four levels, so that routes and policies see one spelling of a path.
import type { PathNormalization } from '../../../ir/listener.ts'

const NEEDS_BASE = /%|\\|\/\./
const UNRESERVED = /%(?:2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aA]|5[fF]|6[1-9a-fA-F]|7[0-9aA]|7[eE])/g
const MALFORMED = /%(?![0-9a-fA-F]{2})/
const ESCAPED_SLASH = /%2[fF]|%5[cC]/g

/**
 * The path of a target (query untouched) at a level; undefined: it must be refused (an escape that is none, `%00`, or dots above the root).
 * BASE decodes unreserved characters, turns `\` into `/` and resolves dot segments (RFC 3986 sections 6.2.2 and 5.2.4).
 */
export function normalizePath(target: string, level: PathNormalization): string | undefined {
  if (level === 'none' || target === '*') return target
  const question = target.indexOf('?')
  let path = question < 0 ? target : target.slice(0, question)
  if (NEEDS_BASE.test(path)) {
    if (path.includes('%')) {
      if (MALFORMED.test(path) || path.includes('%00')) return undefined
      path = path.replace(UNRESERVED, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)))
      if (level === 'decode-and-merge-slashes') path = path.replace(ESCAPED_SLASH, '/')
    }
    path = path.replaceAll('\\', '/')
    if (path.includes('/.')) {
      const resolved = removeDots(path)
      if (resolved === undefined) return undefined
      path = resolved
    }
  }
  if (level !== 'base' && path.includes('//')) path = path.replace(/\/{2,}/g, '/')
  if (question < 0) return path
  return path + target.slice(question)
}

function removeDots(path: string): string | undefined {
  const out: string[] = []
  const segments = path.split('/')
  const last = segments.length - 1
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') {
      if (out.length <= 1) return undefined
      out.pop()
    } else if (segment !== '.') {
      out.push(segment)
      continue
    }
    if (index === last) out.push('')
  }
  return out.join('/')
}
