// Holds what each door wrote of a request against what a trace predicted of it, door by door.
import type { Hop, Outcome, Trace } from './hop.ts'
import type { LoggedHop } from './why/logged-hop.ts'

/** A door that did something else than predicted. */
export interface HopDifference {
  /** Index into the hops of the trace; the number of them: a door beyond those. */
  readonly hop: number
  readonly proxy: string
  readonly what: string
}

/** Routes that only an Envoy's configuration has (docs/engines.md). */
const ADDED_ROUTES = ['fallback', 'require-tls']

/** Where the lines are of other doors than predicted or say other things; `logged` are those of one request, in its order. Doors without a line say nothing. */
export function hopDifferences(
  { hops, outcome }: Trace,
  logged: readonly LoggedHop[],
): readonly HopDifference[] {
  const found: HopDifference[] = []
  for (const [index, line] of lastTries(hops, logged).entries()) {
    const hop = hops[index]
    const before = hops[index - 1]?.upstream
    if (!hop) {
      const what = `predicted the end at ${hops.at(-1)?.proxy.id ?? 'no door'}, but it came here`
      return [...found, { hop: hops.length, proxy: line.proxy, what }]
    }
    const differ = (what: string): void => void found.push({ hop: index, proxy: line.proxy, what })
    const replica = line.local !== undefined && before?.others?.includes(line.local)
    if (line.proxy !== hop.proxy.id && !replica) {
      differ(`predicted ${hop.proxy.id}, but it came here`)
      return found
    }
    for (const what of lineDifferences(hop, index, outcome, line)) differ(what)
    // A route with weights may have sent it another way, of which nothing was predicted.
    if (hop.upstream?.alternatives.length && line.upstreamHost !== hop.upstream.endpoint) return found
  }
  return found
}

/** Without the tries before the last: a door that is asked again writes again. */
function lastTries(hops: Trace['hops'], logged: readonly LoggedHop[]): readonly LoggedHop[] {
  const lines: LoggedHop[] = []
  for (const line of logged) {
    const here = lines.at(-1)
    const again = here?.proxy === line.proxy && hops[lines.length]?.proxy.id !== line.proxy
    if (again) lines.pop()
    lines.push(line)
  }
  return lines
}

function lineDifferences(hop: Hop, index: number, outcome: Outcome, line: LoggedHop): readonly string[] {
  if (outcome.kind === 'handshake' && outcome.hop === index) return shutDifferences(outcome, line)
  // A door that carries bytes knows nothing of requests.
  if (hop.authority === undefined) return []
  const answered = outcome.kind !== 'upstream'
  const wanted = hop.upstream
  return [
    ...(answered ? differs('status', String(outcome.status), String(line.status)) : []),
    // The load balancer's log knows no flags, no routes and no clusters.
    ...(hop.proxy.kind === 'alb'
      ? []
      : [
          ...flagDifferences(index, outcome, plainFlags(line.flags)),
          ...differs('route', hop.route?.name, plainRoute(line.routeName)),
        ]),
    ...(wanted && line.upstreamCluster !== undefined && line.upstreamHost !== undefined
      ? [wanted, ...wanted.alternatives].some(
          ({ cluster }) => spaceless(cluster) === spaceless(line.upstreamCluster),
        )
        ? []
        : differs('cluster', wanted.cluster, line.upstreamCluster)
      : []),
    ...(wanted?.alternatives.length || wanted?.others?.includes(line.upstreamHost ?? '')
      ? []
      : differs('upstream', called(index, hop, outcome), line.upstreamHost)),
  ]
}

/** As names stand in logs of text. */
const spaceless = (name: string | undefined): string | undefined => name?.replaceAll(' ', '_')

const differs = (what: string, wanted: string | undefined, got: string | undefined): readonly string[] =>
  spaceless(wanted) === spaceless(got)
    ? []
    : [`predicted ${what} ${wanted ?? 'none'}, but it was ${got ?? 'none'}`]

/** The door before one that shuts sees that in the handshake, or once it has sent the request. */
function flagDifferences(
  index: number,
  { kind, hop, flag }: Outcome,
  got: string | undefined,
): readonly string[] {
  if (kind !== 'handshake') return differs('flag', index === hop ? flag : undefined, got)
  if (index !== hop - 1) return differs('flag', undefined, got)
  return got === 'UC' ? [] : differs('flag', 'UF', got)
}

/** The line of a connection that came to no request. */
function shutDifferences({ flag, summary }: Outcome, line: LoggedHop): readonly string[] {
  if (line.method !== undefined && line.method !== '-')
    return [`predicted that it shuts (${summary}), but it answered ${line.status}`]
  const unmatched = line.flags === 'NR'
  if (unmatched === (flag === 'NR')) return []
  return [
    unmatched
      ? `predicted that the handshake fails (${summary}), but no chain took the connection`
      : `predicted that no chain takes the connection, but the handshake failed: ${line.transportFailure ?? 'no reason given'}`,
  ]
}

/** That tries were used up says nothing of why. */
const plainFlags = (flags: string | undefined): string | undefined =>
  flags
    ?.split(',')
    .filter((flag) => flag !== 'URX')
    .join(',') || undefined

const plainRoute = (name: string | undefined): string | undefined =>
  name !== undefined && ADDED_ROUTES.includes(name) ? undefined : name

/** The endpoint that the door calls, unless it answers before. */
function called(index: number, { upstream }: Hop, { kind, hop, flag }: Outcome): string | undefined {
  const answers = kind === 'proxy' && hop === index && flag !== 'UF'
  return answers ? undefined : upstream?.endpoint
}
