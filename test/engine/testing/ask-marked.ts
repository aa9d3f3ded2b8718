// Sends a request through a chain and finds, among the lines that its doors log, those that belong to it, however late they come.
import type { CaseRequest } from '../../../cases/support/requests.ts'
import type { Logged, RunningCase } from '../../../cases/support/run-requests.ts'
import type { Outcome } from '../../../cases/support/send.ts'
import { parseLine } from '../../../src/control/parse-access-line.ts'
import type { Hop } from '../../../src/explain/hop.ts'
import { joinHops } from '../../../src/explain/why/join.ts'
import type { LoggedHop } from '../../../src/explain/why/logged-hop.ts'
import { freshMoment } from '../../envoy/testing/log-lines.ts'

const PATIENCE_MS = 3_000

let marks = 0

export interface Asked {
  readonly got: Outcome
  /** In the order in which the request passed the doors. */
  readonly lines: readonly LoggedHop[]
}

/** Asks, and waits until each of these doors has written of the request, or time is up. */
export async function askMarked(
  request: CaseRequest,
  running: RunningCase,
  doors: readonly Hop[],
): Promise<Asked> {
  marks += 1
  const mark = `mark-${marks}-`
  const since = await freshMoment()
  const got = await running.ask({ ...request, headers: { ...request.headers, 'user-agent': mark } })
  const own = (): readonly LoggedHop[] => running.log().flatMap((one) => ownLine(one, mark, since) ?? [])
  const isThere = ({ proxy }: Hop): boolean => own().some((line) => line.proxy === proxy.id)
  const until = performance.now() + PATIENCE_MS
  while (!doors.every(isThere) && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 2))
  const lines = own()
  return { got, lines: joinHops(lines, lines) }
}

/** The facts of a line, unless it is of an earlier request. */
function ownLine({ proxy, line }: Logged, mark: string, since: number): LoggedHop | undefined {
  const hop = parseLine(proxy, line)
  if (hop === undefined) return undefined
  // Of a connection that came to no request: these may come late when a door tries again.
  if (hop.method === undefined) return hop.start >= since ? hop : undefined
  // The load balancer's log has no user agent; it writes one line of a request, and every one was waited for.
  if (proxy.startsWith('alb/')) return hop
  return line.includes(mark) ? hop : undefined
}
