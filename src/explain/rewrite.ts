// What a route does to a request before it goes on: path, authority, headers.
import { RE2JS } from 're2js'
import type { PathMatch } from '../ir/match.ts'
import type { HeaderMutation, Redirect, Rewrite } from '../ir/route.ts'

/** One header before and after; `from` absent: added, `to` absent: removed. */
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
  if (match.kind === 'prefix') return value + path.slice(match.value.length)
  if (match.kind === 'segment-prefix')
    return joinSegments(value, path.slice(match.value.replace(/\/+$/, '').length))
  return value
}

const joinSegments = (value: string, rest: string): string =>
  (value.replace(/\/+$/, '') + rest || '/').replace(/^(?!\/)/, '/')

/** The target that the upstream sees; the query stays. */
export function rewriteTarget(target: string, match: PathMatch, rewrite: Rewrite | undefined): string {
  const [path, query] = splitTarget(target)
  const rule = rewrite?.path
  if (!rule) return target
  if (rule.kind === 'replace-full') return rule.value + query
  if (rule.kind === 'replace-prefix') return replacePrefix(path, match, rule.value) + query
  const replacement = rule.value.replace(/\$/g, '\\$').replace(/\\(\d)/g, '$$$1')
  return RE2JS.compile(rule.pattern).matcher(path).replaceAll(replacement) + query
}

/** Applies remove, set, add, in this order; a repeated header's values are joined by `,`. `value` carries out the commands in a value. */
export function mutateHeaders(
  headers: ReadonlyMap<string, string>,
  mutation: HeaderMutation | undefined,
  value: (text: string, headers: ReadonlyMap<string, string>) => string = (text) => text,
): Map<string, string> {
  const result = new Map(headers)
  for (const name of mutation?.remove ?? []) result.delete(name)
  for (const [name, text] of mutation?.set ?? []) result.set(name, value(text, result))
  for (const [name, text] of mutation?.add ?? []) {
    const present = result.get(name)
    const added = value(text, result)
    result.set(name, present === undefined ? added : `${present},${added}`)
  }
  return result
}

/** The differences between two header maps, by name. */
export function headerChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly HeaderChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((name) => {
    const from = before.get(name)
    const to = after.get(name)
    if (from === to) return []
    return [{ name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }]
  })
}

/** The Location of a redirect. */
export function redirectLocation(
  redirect: Redirect,
  request: { readonly scheme: string; readonly authority: string; readonly target: string },
  match: PathMatch,
): string {
  const scheme = redirect.scheme ?? request.scheme
  const [, host = request.authority, ownPort] = /^(.*?)(?::(\d+))?$/.exec(request.authority) ?? []
  const port =
    redirect.port === 'request'
      ? ownPort
      : typeof redirect.port === 'number'
        ? String(redirect.port)
        : redirect.port === undefined && !redirect.scheme
          ? ownPort
          : undefined
  const standard = scheme === 'https' ? '443' : '80'
  const authority = (redirect.authority ?? host) + (port && port !== standard ? `:${port}` : '')
  const [path, query] = splitTarget(request.target)
  const target = redirect.path
    ? (redirect.path.kind === 'replace-full'
        ? redirect.path.value
        : replacePrefix(path, match, redirect.path.value)) + query
    : request.target
  return `${scheme}://${authority}${target}`
}
