// Answers in the form in which the engines' are compared: without what differs from one request to the next, or by nature from one engine to the other.
import type { Received } from './client.ts'
import type { LogLine } from './log-lines.ts'
import type { Seen } from './programs.ts'

/** One engine's answer: what the client got, what the program saw, what the log says. */
/** What is compared of what a program saw. */
export type Told = Omit<Seen, 'kept'>

export interface Answer extends Omit<Received, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>
  readonly upstream?: Told
  readonly mirrored?: Told
  readonly log?: LogLine
}

/** They differ from one request to the next. */
const VOLATILE = new Set([
  ...['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length'],
  ...['x-request-id', 'x-envoy-upstream-service-time', 'x-global-k8fdic-transaction-id'],
  // Where HTTP/2 is on either side, Envoy answers it itself (docs/engines.md).
  'expect',
  // Of a retry Envoy tells what is left of it.
  'x-envoy-expected-rq-timeout-ms',
  // What the Connection field of a response names, Envoy passes on (docs/engines.md).
  'x-hop',
  // Each listens on a port of its own.
  'x-forwarded-port',
])

function steady(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => !VOLATILE.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, value.replace(/, */g, ', ')]).sort())
}

/** The flag of the reason, where there is one; the words after it are each engine's own. Envoy knows that of a rate limit (RL) only after it has written the answer. */
function reasonFlag(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'x-sallyport-reason': reason, ...others } = headers
  const flag = /^(?:[A-Z]{2,5}|SP\d{4})(?= |$)/.exec(reason ?? '')?.[0]
  return flag === undefined || flag === 'RL' ? others : { ...others, 'x-sallyport-reason': flag }
}

const LOGGED = [
  ...['method', 'path', 'protocol', 'response_code', 'response_flags', 'route_name'],
  ...['upstream_cluster', 'upstream_host', 'authority', 'requested_server_name', 'user_agent'],
]

/** Routes that only Envoy's configuration needs (docs/engines.md). */
const ADDED: ReadonlySet<unknown> = new Set(['fallback', 'require-tls'])

function logged(line: LogLine): LogLine {
  // The fallback of a table or host is a route to Envoy.
  const fallback = line['route_name'] === 'fallback' && line['response_code_details'] === 'direct_response'
  if (fallback) line = { ...line, response_flags: 'NR' }
  // Envoy names the cluster of the route whoever answers.
  const tried = line['upstream_host'] !== null || /U/.test(String(line['response_flags']))
  const text = LOGGED.filter((name) => tried || name !== 'upstream_cluster').map(
    (name) => [name, name === 'route_name' && ADDED.has(line[name]) ? null : (line[name] ?? null)] as const,
  )
  return Object.fromEntries(
    text.map(([name, value]) => [name, typeof value === 'string' ? value.replace(/, */g, ', ') : value]),
  )
}

/** A copy as the request itself: Envoy marks it as its own and adds itself to those it was forwarded for. */
function copied(seen: Seen): Seen {
  const { 'x-envoy-internal': _, 'x-forwarded-for': addresses = '', ...headers } = seen.headers
  const client = addresses.replace(/(?:^|,\s*)192\.0\.2\.2$/, '')
  return { ...seen, headers: { ...headers, ...(client === '' ? {} : { 'x-forwarded-for': client }) } }
}

const seenBy = ({ kept: _, ...seen }: Seen): Told => ({ ...seen, headers: steady(seen.headers) })

/** Whether the kernel refuses a connection at once or a moment later is chance, and Envoy tells only of the latter. */
const LATER = ', transport failure reason: delayed connect error: Connection refused'

function withoutChance(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'grpc-message': message, ...others } = headers
  return message === undefined ? headers : { ...others, 'grpc-message': message.replace(LATER, '') }
}

/** Whether a connection that breaks is seen as ended or as reset is chance, and so are Envoy's flags for it: of a cut answer, or of a tunnel. */
const endedByChance = ({ cut, status }: Received): boolean => cut === true || status === 101

/** What is compared. `seen` and `mirrored` are what the programs wrote down about the request. */
export function answerOf(
  { headers, body, ...received }: Received,
  seen: Seen | undefined,
  mirrored: Seen | undefined,
  line: LogLine | undefined,
): Answer {
  const told = body?.startsWith('{"name":') === true
  return {
    ...received,
    ...(headers ? { headers: withoutChance(reasonFlag(steady(headers))) } : {}),
    ...(body === undefined || told ? {} : { body: body.replace(LATER, '') }),
    ...(seen ? { upstream: seenBy(seen) } : {}),
    ...(mirrored ? { mirrored: seenBy(copied(mirrored)) } : {}),
    ...(line
      ? { log: endedByChance(received) ? { ...logged(line), response_flags: null } : logged(line) }
      : {}),
  }
}

/** Without what the ALB cannot say alike on an Envoy: a path that the client claims was the first, and the one that a rewrite replaced. */
export function asAlb({ log, upstream, mirrored, ...answer }: Answer): Answer {
  const seen = (one: Told): Told => {
    const { 'x-envoy-original-path': _, ...headers } = one.headers
    return { ...one, headers }
  }
  const { path: _, ...rest } = log ?? {}
  return {
    ...answer,
    ...(upstream ? { upstream: seen(upstream) } : {}),
    ...(mirrored ? { mirrored: seen(mirrored) } : {}),
    ...(log ? { log: rest } : {}),
  }
}
