// Header rules of routes, hosts and tables as Envoy's fields.
import type { HeaderMutation, HeaderMutations } from '../../../ir/route.ts'
import { formatParts } from '../../../ir/value-format.ts'
import { compact, type Message } from './proto.ts'

/** A header to be set or added. */
export const headerOption =
  (append: 'OVERWRITE_IF_EXISTS_OR_ADD' | 'APPEND_IF_EXISTS_OR_ADD') =>
  ([key, value]: readonly [string, string]): Message => ({
    header: { key, value },
    append_action: append,
  })

/** Envoy leaves a header as it came when the value that replaces it turns out empty: a client could choose it. Removals come first, so it is removed, unless a value needs it. */
function computed({ set = [], add = [] }: HeaderMutation): readonly string[] {
  const values = [...set, ...add].map(([, value]) => value.toLowerCase())
  return set
    .filter(([, value]) => formatParts(value).some((part) => typeof part !== 'string'))
    .map(([name]) => name)
    .filter((name) => !values.some((value) => value.split(/[()?]/).includes(name)))
}

/** The four header fields that route configuration, virtual host, route and weighted cluster share. The host header is an authority rewrite. */
export function headerFields(mutations: HeaderMutations | undefined): Message {
  const side = (name: 'request' | 'response') => {
    const mutation = mutations?.[name]
    const settable = ([key]: readonly [string, string]) => key !== 'host' && !key.startsWith(':')
    const add = [
      ...(mutation?.set ?? []).filter(settable).map(headerOption('OVERWRITE_IF_EXISTS_OR_ADD')),
      ...(mutation?.add ?? []).filter(settable).map(headerOption('APPEND_IF_EXISTS_OR_ADD')),
    ]
    const remove = [...(mutation?.remove ?? []), ...(mutation ? computed(mutation) : [])]
    return {
      [`${name}_headers_to_add`]: add.length > 0 ? add : undefined,
      [`${name}_headers_to_remove`]: remove.length > 0 ? remove : undefined,
    }
  }
  return compact({ ...side('request'), ...side('response') })
}

/** What the host header is set to: an authority rewrite. */
export const hostHeader = (mutations: HeaderMutations | undefined): string | undefined =>
  [...(mutations?.request?.set ?? []), ...(mutations?.request?.add ?? [])].find(
    ([name]) => name === 'host' || name === ':authority',
  )?.[1]
