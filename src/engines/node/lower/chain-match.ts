// Which filter chain takes a connection, by what was peeked of it (Envoy listener.v3.FilterChainMatch: server name, then transport, then ALPN).
import type { FilterChain } from '../../../ir/listener.ts'

/** What the inspector saw before anything was answered. */
export interface Peek {
  readonly transport: 'tls' | 'plaintext'
  /** Lower case. */
  readonly serverName?: string
  readonly alpn: readonly string[]
}

/** Finds the chain of a connection; undefined: it is closed, NR filter_chain_not_found. */
export type ChainFinder<C> = (peek: Peek) => C | undefined

interface Level<C> {
  readonly tls: C[]
  readonly plaintext: C[]
  readonly either: C[]
}

/** Indexes chains by server name. As in Envoy, a more specific name that has chains is never given up for a less specific one. */
export function chainFinder<C extends { readonly source: FilterChain }>(
  chains: readonly C[],
): ChainFinder<C> {
  const exact = new Map<string, Level<C>>()
  const suffixes = new Map<string, Level<C>>()
  const unnamed: Level<C> = { tls: [], plaintext: [], either: [] }
  for (const chain of chains) {
    const { serverNames, transport } = chain.source.match
    const put = (level: Level<C>): void => void level[transport ?? 'either'].push(chain)
    if (serverNames === undefined || serverNames.length === 0) put(unnamed)
    for (const name of serverNames ?? []) {
      if (name.startsWith('*')) put(levelOf(suffixes, name.slice(1)))
      else put(levelOf(exact, name))
    }
  }
  return (peek) => {
    const level = byName(exact, suffixes, peek.serverName) ?? unnamed
    const specific = level[peek.transport]
    return byAlpn(specific.length > 0 ? specific : level.either, peek.alpn)
  }
}

function levelOf<C>(map: Map<string, Level<C>>, name: string): Level<C> {
  let level = map.get(name)
  if (level === undefined) {
    level = { tls: [], plaintext: [], either: [] }
    map.set(name, level)
  }
  return level
}

function byName<C>(
  exact: ReadonlyMap<string, Level<C>>,
  suffixes: ReadonlyMap<string, Level<C>>,
  name: string | undefined,
): Level<C> | undefined {
  if (name === undefined) return undefined
  const found = exact.get(name)
  if (found !== undefined) return found
  for (let dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const level = suffixes.get(name.slice(dot))
    if (level !== undefined) return level
  }
  return undefined
}

function byAlpn<C extends { readonly source: FilterChain }>(
  chains: readonly C[],
  offered: readonly string[],
): C | undefined {
  let general: C | undefined
  for (const chain of chains) {
    const { alpn } = chain.source.match
    if (alpn === undefined || alpn.length === 0) general ??= chain
    else if (alpn.some((protocol) => offered.includes(protocol))) return chain
  }
  return general
}
