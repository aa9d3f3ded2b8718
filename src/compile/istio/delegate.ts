// Delegates: a route that hands over to the routes of another VirtualService, one level deep (istio.md 2).
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import { VIRTUAL_SERVICE } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type {
  HttpMatch,
  HttpRoute,
  IstioStringMatch,
  VirtualService,
} from '../../resources/virtual-service.ts'
import { readObject } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'
import type { Problem } from '../tls/credential.ts'
import { isVisible } from './hosts.ts'

/** A route with the object it was written in. */
export interface PlacedRoute {
  readonly resource: Resource<VirtualService>
  readonly http: HttpRoute
  readonly field: string
  /** Position of the root's route: what names it. */
  readonly index: number
  /** It hands over to nothing usable: it answers 500. */
  readonly refused?: Problem
}

/** The delegate's condition where it lies within the root's; undefined when no text could fulfil both, or nobody can tell. */
function within(
  root: IstioStringMatch | undefined,
  own: IstioStringMatch | undefined,
): IstioStringMatch | undefined | 'conflict' {
  if (root === undefined || own === undefined) return own ?? root
  if (root.regex !== undefined || own.regex !== undefined) return root.regex === own.regex ? own : 'conflict'
  const text = own.exact ?? own.prefix ?? ''
  if (root.prefix !== undefined) return text.startsWith(root.prefix) ? own : 'conflict'
  return own.exact === root.exact ? own : 'conflict'
}

type Named = Readonly<Record<string, IstioStringMatch>>

function mergeNamed(root: Named | undefined, own: Named | undefined): Named | undefined | 'conflict' {
  if (root === undefined || own === undefined) return own ?? root
  const merged: Record<string, IstioStringMatch> = { ...root }
  for (const [name, match] of Object.entries(own)) {
    const both = within(root[name], match)
    if (both === 'conflict' || both === undefined) return 'conflict'
    merged[name] = both
  }
  return merged
}

function same<T>(root: T | undefined, own: T | undefined): T | undefined | 'conflict' {
  if (root === undefined || own === undefined) return own ?? root
  return JSON.stringify(root) === JSON.stringify(own) ? own : 'conflict'
}

/** Both blocks in one; undefined when they conflict. */
function mergeMatch(root: HttpMatch, own: HttpMatch): HttpMatch | undefined {
  const parts = {
    uri: within(root.uri, own.uri),
    ignoreUriCase:
      root.uri && own.uri
        ? same(root.ignoreUriCase ?? false, own.ignoreUriCase ?? false)
        : (own.ignoreUriCase ?? root.ignoreUriCase),
    scheme: within(root.scheme, own.scheme),
    method: within(root.method, own.method),
    authority: within(root.authority, own.authority),
    headers: mergeNamed(root.headers, own.headers),
    withoutHeaders: mergeNamed(root.withoutHeaders, own.withoutHeaders),
    queryParams: mergeNamed(root.queryParams, own.queryParams),
    port: same(root.port, own.port),
    sourceLabels: same(root.sourceLabels, own.sourceLabels),
    sourceNamespace: same(root.sourceNamespace, own.sourceNamespace),
    gateways: same(root.gateways, own.gateways),
  }
  const name = [root.name, own.name].filter(Boolean).join('-')
  const entries = Object.entries(parts).filter(([, part]) => part !== undefined)
  if (entries.some(([, part]) => part === 'conflict')) return undefined
  return { ...(Object.fromEntries(entries) as HttpMatch), ...(name === '' ? {} : { name }) }
}

function mergeMatches(root: HttpRoute, own: HttpRoute): readonly HttpMatch[] | undefined {
  if (!root.match?.length) return own.match ?? []
  if (!own.match?.length) return root.match
  const merged = root.match.flatMap((outer) =>
    (own.match ?? []).flatMap((inner) => mergeMatch(outer, inner) ?? []),
  )
  return merged.length === 0 ? undefined : merged
}

/** What the delegate says wins; the root fills the gaps. */
function mergeRoute(root: HttpRoute, own: HttpRoute, match: readonly HttpMatch[]): HttpRoute {
  const { delegate: _, match: __, ...filling } = root
  const name = [root.name, own.name].filter(Boolean).join('-')
  return { ...filling, ...own, match, ...(name === '' ? {} : { name }) }
}

function target(
  read: Read,
  root: Resource<VirtualService>,
  http: HttpRoute,
): Resource<VirtualService> | Problem {
  const owner = root.object.metadata.namespace ?? ''
  const namespace = http.delegate?.namespace || owner
  const key = `${namespace}/${http.delegate?.name ?? ''}`
  const refuse = (reason: string): Problem => ({ code: 'SP0514', message: `Delegate ${key} ${reason}.` })
  const found = readObject<VirtualService>(read, VIRTUAL_SERVICE, key)
  if (found === undefined) return refuse('does not exist')
  if (found.object.spec?.hosts?.length) return refuse('has hosts of its own')
  if (!isVisible(found.object.spec?.exportTo, namespace, owner))
    return refuse(`is not exported to namespace ${owner}`)
  return found
}

/** The routes of a VirtualService with those of its delegates in place of the routes that hand over; findings go to `diagnostics`. */
export function expandDelegates(
  read: Read,
  root: Resource<VirtualService>,
  diagnostics: Diagnostic[],
): readonly PlacedRoute[] {
  return (root.object.spec?.http ?? []).flatMap((http, index): readonly PlacedRoute[] => {
    const field = `spec.http[${index}]`
    if (http.delegate === undefined) return [{ resource: root, http, field, index }]
    const found = target(read, root, http)
    if ('code' in found) {
      diagnostics.push(diagnostic(found.code, root.origin(`${field}.delegate`), found.message))
      return [{ resource: root, http, field, index, refused: found }]
    }
    return (found.object.spec?.http ?? []).flatMap((own, position) => {
      const at = `spec.http[${position}]`
      const match = mergeMatches(http, own)
      if (match !== undefined)
        return [{ resource: found, http: mergeRoute(http, own, match), field: at, index }]
      const message = `Route ${position} lies outside of the route of ${root.object.metadata.name} that hands over to it.`
      diagnostics.push(diagnostic('SP0515', found.origin(at), message))
      return []
    })
  })
}
