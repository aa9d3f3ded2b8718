// Finds the lines of one request among those of all doors.
import type { LoggedHop } from './logged-hop.ts'

/** Clocks are one, but a line's start is rounded. */
const SLACK_MS = 5

const failed = ({ status, flags }: LoggedHop): boolean =>
  status >= 400 || status === 0 || (flags ?? '-') !== '-'

/** The lines of the request with this id, or of the last one that failed. */
export const seedsOf = (all: readonly LoggedHop[], id: string | undefined): readonly LoggedHop[] =>
  id === undefined ? all.filter(failed).slice(-1) : all.filter(({ requestId }) => requestId === id)

/** All hops of the request that some of its lines are known of, in the order in which it passed them. */
export function joinHops(all: readonly LoggedHop[], seeds: readonly LoggedHop[]): readonly LoggedHop[] {
  const found = new Set(seeds)
  // The load balancer has ids of its own: it and the door behind it are joined by address and time.
  for (let grown = true; grown; ) {
    const more = all.filter((one) => !found.has(one) && [...found].some((hop) => belongs(hop, one)))
    for (const one of more) found.add(one)
    grown = more.length > 0
  }
  return inOrder([...found].sort((a, b) => a.start - b.start || b.durationMs - a.durationMs))
}

/** Times of neighbours may round to the same: who connected to whom decides. */
function inOrder(hops: readonly LoggedHop[]): readonly LoggedHop[] {
  const isBehind = (hop: LoggedHop) =>
    hops.some(
      (other) => other !== hop && other.upstreamHost !== undefined && other.upstreamHost === hop.local,
    )
  const rest = new Set(hops)
  const ordered: LoggedHop[] = []
  for (let next = hops.find((hop) => !isBehind(hop)) ?? hops[0]; next; ) {
    rest.delete(next)
    ordered.push(next)
    const to: string | undefined = next.upstreamHost
    next = [...rest].find(({ local }) => to !== undefined && local === to) ?? [...rest][0]
  }
  return ordered
}

const belongs = (a: LoggedHop, b: LoggedHop): boolean =>
  (a.requestId !== undefined && a.requestId === b.requestId) || follows(a, b) || follows(b, a)

/** Whether `inner` is what became of `outer` at the next door. */
function follows(outer: LoggedHop, inner: LoggedHop): boolean {
  return (
    outer.upstreamHost !== undefined &&
    outer.upstreamHost === inner.local &&
    outer.proxy !== inner.proxy &&
    inner.start >= outer.start - SLACK_MS &&
    inner.start + inner.durationMs <= outer.start + outer.durationMs + SLACK_MS &&
    (inner.method === '-' || inner.method === undefined || inner.method === outer.method)
  )
}
