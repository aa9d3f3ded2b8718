// Path rewrites of a route to a function over path and query.
import { RE2JS } from 're2js'
import type { PathMatch } from '../../../ir/match.ts'
import type { Redirect, Rewrite } from '../../../ir/route.ts'

/** Takes path and query, gives them rewritten; the query is kept. Undefined: of the path nothing would be left, so it stays as it is (as in Envoy). */
export type PathRewrite = (target: string) => string | undefined

/** Compiles a rewrite for a route with that path condition; throws on a pattern that is not RE2. */
export function pathRewrite(
  rewrite: NonNullable<Rewrite['path']> | NonNullable<Redirect['path']>,
  match: PathMatch,
): PathRewrite {
  switch (rewrite.kind) {
    case 'replace-full':
      return onPath(() => rewrite.value)
    case 'replace-prefix':
      return onPath(prefixRewrite(match, rewrite.value))
    case 'regex': {
      const pattern = RE2JS.compile(rewrite.pattern)
      return onPath((path) => replaceAll(pattern, path, rewrite.value))
    }
  }
}

/** Replaces every match; `\\1` in the replacement is a group, `\\0` the match (RE2 GlobalReplace, as Envoy uses it). */
function replaceAll(pattern: RE2JS, text: string, replacement: string): string {
  const matcher = pattern.matcher(text)
  let out = ''
  let at = 0
  while (matcher.find()) {
    out += text.slice(at, matcher.start())
    out += replacement.replace(/\\(\d|\\)/g, (_all, which: string) =>
      which === '\\' ? which : (matcher.group(Number(which)) ?? ''),
    )
    at = matcher.end()
  }
  return out + text.slice(at)
}

function onPath(rewrite: (path: string) => string): PathRewrite {
  return (target) => {
    const question = target.indexOf('?')
    const path = rewrite(question < 0 ? target : target.slice(0, question))
    if (path === '') return undefined
    const fit = fitPath(path)
    return question < 0 ? fit : fit + target.slice(question)
  }
}

function prefixRewrite(match: PathMatch, value: string): (path: string) => string {
  switch (match.kind) {
    case 'segment-prefix': {
      // By whole segments: `/old` to `/` turns `/old/x` into `/x`, never into `//x` (Gateway API ReplacePrefixMatch).
      const prefix = match.value.endsWith('/') ? match.value.slice(0, -1) : match.value
      const stem = value.endsWith('/') ? value.slice(0, -1) : value
      return (path) => {
        const rest = path.slice(prefix.length)
        return rest === '' ? value || '/' : `${stem}${rest}` || '/'
      }
    }
    case 'prefix':
      return (path) => value + path.slice(match.value.length)
    case 'exact':
    case 'regex':
      return () => value
    case 'any':
      return (path) => value + path.slice(1)
  }
}

const UNFIT = /[^!-~]|#/u
const ALL_UNFIT = new RegExp(UNFIT, 'gu')

/** As it may stand in a request line, where it names nothing but a path (RFC 9112 section 3.2.1). */
function fitPath(path: string): string {
  const fit = UNFIT.test(path) ? path.replace(ALL_UNFIT, escaped) : path
  return fit.startsWith('/') ? fit : `/${fit}`
}

function escaped(char: string): string {
  let out = ''
  for (const byte of new TextEncoder().encode(char))
    out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  return out
}
