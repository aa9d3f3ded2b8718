// What a route does to a request before it goes on: path, authority, headers.
import { RE2JS } from 're2js'
import type { HttpManager } from '../ir/listener.ts'
import type { PathMatch } from '../ir/match.ts'
import type { HeaderMutation, Redirect, Rewrite } from '../ir/route.ts'
import type { HeaderLines } from './header-lines.ts'

/** One header before and after, several lines as one list; `from` absent: added, `to` absent: removed. */
export interface HeaderChange {
  readonly name: string
  readonly from?: string
  readonly to?: string
}

const splitTarget = (target: string): readonly [path: string, query: string] => {
  const question = target.indexOf('?')
  return question < 0 ? [target, ''] : [target.slice(0, question), target.slice(question)]
}

/** The matched part of the path that a prefix rewrite replaces: the prefix itself, or everything. */
function replacePrefix(path: string, match: PathMatch, value: string): string {
  switch (match.kind) {
    case 'any':
      return value + path.slice(1)
    case 'prefix':
      return value + path.slice(match.value.length)
    case 'segment-prefix':
      return joinSegments(value, path.slice(match.value.replace(/\/$/, '').length))
    default:
      return value
  }
}

const joinSegments = (value: string, rest: string): string =>
  (rest === '' ? value : value.replace(/\/$/, '') + rest) || '/'

/** RE2's GlobalReplace: `\1` is a group, `\0` the match. */
const replaceMatches = (pattern: string, path: string, replacement: string): string =>
  RE2JS.compile(pattern)
    .matcher(path)
    .replaceAll(
      replacement.replace(/\$|\\(\d|\\)/g, (all, which?: string) =>
        which === undefined ? '\\$' : which === '\\' ? all : `$${which}`,
      ),
    )

function rewritePath(path: string, match: PathMatch, rule: NonNullable<Rewrite['path']>): string {
  switch (rule.kind) {
    case 'replace-full':
      return rule.value
    case 'replace-prefix':
      return replacePrefix(path, match, rule.value)
    case 'regex':
      return replaceMatches(rule.pattern, path, rule.value)
  }
}

/** The target that the upstream sees; the query stays, and so does a path of which nothing would be left. */
export function rewriteTarget(target: string, match: PathMatch, rewrite: Rewrite | undefined): string {
  const [path, query] = splitTarget(target)
  const rule = rewrite?.path
  if (!rule) return target
  return (rewritePath(path, match, rule) || path) + query
}

/** Applies remove, set, add, in this order; values are worked out when all is removed and nothing written, and an empty one writes none. `value` carries out the commands in a value. */
export function mutateHeaders(
  headers: HeaderLines,
  mutation: HeaderMutation | undefined,
  value: (text: string, headers: HeaderLines) => string = (text) => text,
): HeaderLines {
  const kept = headers.without(...(mutation?.remove ?? []))
  let result = kept
  for (const [name, text] of mutation?.set ?? []) {
    const written = value(text, kept)
    result = written === '' ? result.without(name) : result.set(name, written)
  }
  for (const [name, text] of mutation?.add ?? []) {
    const written = value(text, kept)
    if (written !== '') result = result.add(name, written)
  }
  return result
}

/** The differences between two messages' headers, by name. */
export function headerChanges(before: HeaderLines, after: HeaderLines): readonly HeaderChange[] {
  const [were, are] = [before.joined(), after.joined()]
  const names = [...new Set([...were.keys(), ...are.keys()])].sort()
  return names.flatMap((name) => {
    const from = were.get(name)
    const to = are.get(name)
    if (from === to) return []
    return [{ name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }]
  })
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/** Where a redirected request came in. */
export interface RedirectedAt {
  readonly scheme: string
  readonly authority: string
  readonly target: string
  /** Of the listener. */
  readonly port: number
  readonly profile: HttpManager['profile']
}

/** The Location of a redirect (Envoy RedirectAction; at the ALB nginx's `$host`, which has no port). */
export function redirectLocation(redirect: Redirect, request: RedirectedAt, match?: PathMatch): string {
  const scheme = redirect.scheme ?? request.scheme
  const [, host = '', written] = /^(.*?)(?::(\d+))?$/.exec(redirect.authority ?? request.authority) ?? []
  const port = redirectPort(redirect, request, scheme, written)
  const asked = typeof redirect.port === 'number'
  const suffix = port === undefined || (port === DEFAULT_PORTS[scheme] && !asked) ? '' : `:${port}`
  const target =
    redirect.path && match ? rewriteTarget(request.target, match, { path: redirect.path }) : request.target
  return `${scheme}://${host}${suffix}${target}`
}

function redirectPort(
  { port, authority, scheme: asked }: Redirect,
  request: RedirectedAt,
  scheme: string,
  written: string | undefined,
): string | undefined {
  if (typeof port === 'number') return String(port)
  if (port === 'request') return String(request.port)
  const nginx = request.profile === 'alb' && asked !== undefined && authority === undefined
  if (port === 'scheme-default' || nginx) return undefined
  // Envoy keeps the port of the request unless it is the default one of the scheme that is left.
  return scheme !== request.scheme && written === DEFAULT_PORTS[request.scheme] ? undefined : written
}
