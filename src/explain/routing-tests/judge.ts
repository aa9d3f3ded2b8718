// Holds a trace against what a test expects; every difference is one sentence.
import type { Hop, Trace } from '../hop.ts'
import { isBackend } from './backend-name.ts'
import type { Expectation } from './routing-test.ts'

/** What only a door says; an application may of course say it, too, and then the test has to say `answeredBy: application`. */
const DOOR_STATUSES = new Set([301, 302, 307, 308, 403, 404, 421, 426, 429, 501, 502, 503, 504])

/** Empty when all that is expected holds. `declared` is judged elsewhere. */
export function judge(expect: Expectation, trace: Trace): readonly string[] {
  return [...judgeAnswer(expect, trace), ...judgeWay(expect, trace), ...judgeDelivered(expect, trace)]
}

const differs = (what: string, wanted: unknown, found: unknown): readonly string[] =>
  wanted === undefined || wanted === found
    ? []
    : [`${what}: expected ${String(wanted)}, got ${found === undefined ? 'none' : String(found)}`]

const isDoor = (wanted: string, hop: Hop | undefined): boolean =>
  hop !== undefined && (hop.proxy.kind === wanted || hop.proxy.id === wanted)

function judgeAnswer(expect: Expectation, trace: Trace): readonly string[] {
  const { outcome, hops } = trace
  const shut = outcome.kind === 'handshake' || outcome.kind === 'unreachable'
  const at = hops[outcome.hop]
  const by = outcome.kind === 'upstream' ? 'the application' : (at?.proxy.id ?? 'nobody')
  const said = shut
    ? `a refusal by ${by} (${outcome.summary})`
    : `${outcome.status ?? 'an answer'} of ${by} (${outcome.summary})`
  const refused =
    expect.refused === undefined || (shut && (expect.refused === true || isDoor(expect.refused, at)))
      ? []
      : [`refused: expected by ${expect.refused === true ? 'any door' : expect.refused}, got ${said}`]
  const answers =
    expect.answeredBy === undefined ||
    (expect.answeredBy === 'application'
      ? outcome.kind === 'upstream'
      : outcome.kind === 'proxy' && isDoor(expect.answeredBy, at))
      ? []
      : [`answeredBy: expected ${expect.answeredBy}, got ${said}`]
  const reasons = [outcome.reason, outcome.flag]
  return [
    ...refused,
    ...answers,
    ...judgeStatus(expect, trace, said),
    ...differs('location', expect.location, outcome.location),
    ...(expect.reason === undefined || reasons.some((one) => one === expect.reason)
      ? []
      : differs('reason', expect.reason, reasons.filter(Boolean).join(' ') || undefined)),
  ]
}

function judgeStatus(
  { status, answeredBy }: Expectation,
  { outcome }: Trace,
  said: string,
): readonly string[] {
  if (status === undefined) return []
  if (outcome.kind === 'upstream')
    return answeredBy !== 'application' && DOOR_STATUSES.has(status)
      ? [
          `status: expected ${status} of a door, but the application answers (if ${status} is its own: answeredBy: application)`,
        ]
      : []
  return outcome.status === status ? [] : [`status: expected ${status}, got ${said}`]
}

/** The last hop that chose a backend; what a sidecar hands to its own application is not a choice. */
const choosing = ({ hops }: Trace): Hop | undefined =>
  hops.findLast(({ upstream }) => upstream !== undefined && !upstream.cluster.startsWith('inbound|'))

function judgeWay(expect: Expectation, trace: Trace): readonly string[] {
  const hop = choosing(trace)
  const upstream = hop?.upstream
  const backend =
    expect.backend === undefined ||
    (upstream && isBackend(expect.backend, upstream.cluster, upstream.service))
      ? []
      : differs('backend', expect.backend, upstream?.cluster)
  const mirrors = trace.hops.flatMap((one) => one.upstream?.mirrors ?? [])
  const route = trace.hops.some((one) => one.route?.name === expect.route)
  return [
    ...backend,
    ...(expect.route === undefined || route
      ? []
      : differs(
          'route',
          expect.route,
          trace.hops
            .map((one) => one.route?.name)
            .filter(Boolean)
            .join(', ') || undefined,
        )),
    ...(expect.mirror ?? [])
      .filter((wanted) => !mirrors.some(({ cluster }) => isBackend(wanted, cluster, undefined)))
      .flatMap((wanted) =>
        differs('mirror', wanted, mirrors.map(({ cluster }) => cluster).join(', ') || undefined),
      ),
    ...judgeWeights(expect.weights, hop),
  ]
}

function judgeWeights(weights: Expectation['weights'], hop: Hop | undefined): readonly string[] {
  if (weights === undefined) return []
  const { upstream } = hop ?? {}
  const split = upstream
    ? [
        { cluster: upstream.cluster, percent: upstream.percent ?? 100, service: upstream.service },
        ...upstream.alternatives.map((one) => ({ ...one, service: undefined })),
      ]
    : []
  const text = split.map(({ cluster, percent }) => `${cluster} ${percent} %`).join(', ') || 'none'
  return Object.entries(weights).flatMap(([backend, percent]) => {
    const found = split.filter(({ cluster, service }) => isBackend(backend, cluster, service))
    const sum = found.reduce((total, one) => total + one.percent, 0)
    return sum === percent ? [] : [`weights: expected ${percent} % for ${backend}, got ${text}`]
  })
}

function judgeDelivered(expect: Expectation, trace: Trace): readonly string[] {
  const { path, host, headers } = expect
  if (path === undefined && host === undefined && headers === undefined) return []
  const { delivered } = trace.outcome
  if (!delivered) return [`the application is not reached: ${trace.outcome.summary}`]
  return [
    ...differs('path', path, delivered.target),
    ...differs('host', host, delivered.authority),
    ...Object.entries(headers ?? {}).flatMap(([name, wanted]) =>
      differs(`header ${name}`, wanted ?? 'none', delivered.headers.get(name) ?? 'none'),
    ),
  ]
}
