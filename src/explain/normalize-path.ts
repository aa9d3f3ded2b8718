// The reference form of path normalisation (Istio's levels; RFC 3986 sections 5.2.4 and 6.2.2), plain and slow.
import type { PathNormalization } from '../ir/listener.ts'

const unreserved = /^[A-Za-z0-9._~-]$/

/** The target as routes see it, query untouched; undefined: refused with 400. */
export function normalizePath(target: string, level: PathNormalization): string | undefined {
  if (level === 'none' || target === '*') return target
  const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(target) ?? []
  if (/%(?![0-9a-f]{2})|%00/i.test(path)) return undefined
  const decoded = path.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    const slash = level === 'decode-and-merge-slashes' && /[\\/]/.test(character)
    return slash ? '/' : unreserved.test(character) ? character : escape
  })
  const plain = withoutDots(decoded.replaceAll('\\', '/'))
  if (plain === undefined) return undefined
  return (level === 'base' ? plain : plain.replace(/\/{2,}/g, '/')) + query
}

/** Dot segments resolved; undefined when they lead above the root. */
function withoutDots(path: string): string | undefined {
  const segments = path.split('/')
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '.') continue
    if (segment !== '..') kept.push(segment)
    else if (kept.length <= 1) return undefined
    else kept.pop()
  }
  const last = segments.at(-1)
  return (last === '.' || last === '..' ? [...kept, ''] : kept).join('/')
}
