// Header operations of a VirtualService. Pseudo-headers cannot be set, but Host, which becomes a rewrite of the authority.
import type { HeaderMutation, HeaderMutations } from '../../ir/route.ts'
import type { HeaderOperations, Headers } from '../../resources/virtual-service.ts'

const isAuthority = (name: string): boolean => name === 'host' || name === ':authority'

function operations(part: HeaderOperations | undefined): HeaderMutation | undefined {
  const pairs = (values: Readonly<Record<string, string>> | undefined): (readonly [string, string])[] =>
    Object.entries(values ?? {})
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !name.startsWith(':') && !isAuthority(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
  const set = pairs(part?.set)
  const add = pairs(part?.add)
  const remove = (part?.remove ?? [])
    .map((name) => name.toLowerCase())
    .filter((name) => !name.startsWith(':') && !isAuthority(name))
  if (set.length + add.length + remove.length === 0) return undefined
  return {
    ...(set.length === 0 ? {} : { set }),
    ...(add.length === 0 ? {} : { add }),
    ...(remove.length === 0 ? {} : { remove }),
  }
}

/** The model's header changes, if there are any. */
export function headerMutations(headers: Headers | undefined): HeaderMutations | undefined {
  if (headers === undefined) return undefined
  const request = operations(headers.request)
  const response = operations(headers.response)
  if (request === undefined && response === undefined) return undefined
  return { ...(request === undefined ? {} : { request }), ...(response === undefined ? {} : { response }) }
}

/** The authority that the operations set, if they do. */
export function authoritySet(headers: Headers | undefined): string | undefined {
  const request = headers?.request
  return Object.entries({ ...request?.add, ...request?.set }).find(([name]) =>
    isAuthority(name.toLowerCase()),
  )?.[1]
}
