// Selection: which filter chain a connection takes and which virtual host a request belongs to (Envoy's rules).
import type { FilterChain, Listener } from '../ir/listener.ts'
import type { RouteTable, VirtualHost } from '../ir/route.ts'

/** What can be seen of a connection before anything is answered. */
export interface Opening {
  readonly transport: 'tls' | 'plaintext'
  readonly sni?: string
  readonly alpn: readonly string[]
}

/** How specific a domain pattern is for a name: the larger the better, undefined when it does not match. */
function specificity(pattern: string, name: string): number | undefined {
  if (pattern === name) return Number.MAX_SAFE_INTEGER
  if (pattern === '*') return 0
  if (pattern.startsWith('*.') && name.length > pattern.length - 1 && name.endsWith(pattern.slice(1)))
    return pattern.length
  return undefined
}

/** Whether a pattern of hosts (exact, `*.suffix`, `*`) takes a name. */
export const covered = (pattern: string, name: string): boolean => specificity(pattern, name) !== undefined

const best = (patterns: readonly string[], name: string): number | undefined => {
  const found = patterns.map((pattern) => specificity(pattern, name)).filter((value) => value !== undefined)
  return found.length === 0 ? undefined : Math.max(...found)
}

/**
 * The chain for a connection, or undefined (closed, NR filter_chain_not_found). The server name decides first and for good: a chain
 * with a less specific name is not tried when the most specific one fails on transport or ALPN.
 */
export function selectFilterChain(listener: Listener, opening: Opening): FilterChain | undefined {
  const sni = opening.sni?.toLowerCase()
  const ranked = listener.filterChains.flatMap((chain) => {
    if (!chain.match.serverNames) return [{ chain, rank: -1 }]
    const rank = sni === undefined ? undefined : best(chain.match.serverNames, sni)
    return rank === undefined ? [] : [{ chain, rank }]
  })
  const top = Math.max(-1, ...ranked.map(({ rank }) => rank))
  const named = ranked.filter(({ rank }) => rank === top).map(({ chain }) => chain)
  const byTransport = narrow(
    named,
    (chain) => chain.match.transport,
    (wanted) => wanted === opening.transport,
  )
  return narrow(
    byTransport,
    (chain) => chain.match.alpn,
    (wanted) => wanted.some((name) => opening.alpn.includes(name)),
  )[0]
}

/** Candidates whose condition holds; when there are none, those without the condition. */
function narrow<T>(
  chains: readonly FilterChain[],
  condition: (chain: FilterChain) => T | undefined,
  holds: (wanted: T) => boolean,
): readonly FilterChain[] {
  const matching = chains.filter((chain) => {
    const wanted = condition(chain)
    return wanted !== undefined && holds(wanted)
  })
  return matching.length > 0 ? matching : chains.filter((chain) => condition(chain) === undefined)
}

/** Host header without port and without the root's dot, lower case; IPv6 brackets stay. */
export function hostOf(authority: string): string {
  return authority.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
}

interface HostIndex {
  readonly exact: ReadonlyMap<string, VirtualHost>
  /** Those with a wildcard among their domains. */
  readonly wild: readonly VirtualHost[]
}

const indices = new WeakMap<RouteTable, HostIndex>()

function indexOf(table: RouteTable): HostIndex {
  const known = indices.get(table)
  if (known) return known
  const exact = new Map<string, VirtualHost>()
  for (const host of table.virtualHosts)
    for (const domain of host.domains)
      if (!domain.startsWith('*') && !exact.has(domain)) exact.set(domain, host)
  const wild = table.virtualHosts.filter(({ domains }) => domains.some((domain) => domain.startsWith('*')))
  const made = { exact, wild }
  indices.set(table, made)
  return made
}

/** The virtual host of an authority: exact first, then the longest wildcard, then `*`; the port is ignored. */
export function selectVirtualHost(table: RouteTable, authority: string): VirtualHost | undefined {
  const host = hostOf(authority)
  const { exact, wild } = indexOf(table)
  let chosen = exact.get(host)
  if (chosen) return chosen
  let rank = -1
  for (const candidate of wild) {
    const value = best(candidate.domains, host)
    if (value !== undefined && value > rank) {
      chosen = candidate
      rank = value
    }
  }
  return chosen
}
