// A trace as text for a terminal: one block per door, the failure and what to change at the end.
import { formatOrigin, type Origin } from '../diagnostics/origin.ts'
import type { CertificateFacts } from '../ir/certificate.ts'
import { responseFlags } from './flags.ts'
import type { Hop, Outcome, TlsStep, Trace } from './hop.ts'
import { LABEL, type Paint, paragraph, plain } from './paint.ts'
import type { PriorityShare } from './spread.ts'
import { timeLeft } from './time-left.ts'

const MOST_NEAR_MISSES = 5
/** Of a header that grows, no more than this is written twice. */
const LONG = 40
/** The hashes of certificates in x-forwarded-client-cert say nothing to people; JSON has them. */
const FINGERPRINT = /(?<=Hash=)[0-9a-f]{64}\b/g
/** JWTs open doors: a text that people pass on does not hold them. */
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g

/** How a trace is shown. */
export interface TraceStyle {
  readonly paint?: Paint
  /** Lines are broken at this many columns; absent: never, as for a pipe. */
  readonly width?: number
}

/** Renders a trace; `now` (ms) is for the time that certificates have left. Ends with a newline. */
export function renderTrace(trace: Trace, now: number, { paint = plain, width }: TraceStyle = {}): string {
  const { request, name, hops, outcome } = trace
  const port = request.port === (request.scheme === 'https' ? 443 : 80) ? '' : `:${request.port}`
  const head = `${request.method} ${request.scheme}://${request.host}${port}${request.target}`
  const blocks = hops.map((hop, index) => {
    const shut = !outcome.ok && outcome.hop === index
    const door = shut ? paint.bad('✗') : paint.good('✓')
    return [
      `${door} ${index + 1}  ${paint.bold(hop.proxy.id)}  ${hop.address}:${hop.port}`,
      ...(name && index === 0 ? [line('name', `${request.host} → ${name.address} (${name.by})`)] : []),
      ...hopLines(hop, now, paint),
    ]
  })
  const parts = [...blocks, outcomeLines(outcome, paint)]
  const wrapped = parts.map((lines) => lines.map((one) => paragraph(one, width)).join('\n'))
  return `${[[paint.bold(head), ...wrapped].join('\n\n'), ...editLines(outcome, paint)].join('\n')}\n`
}

const line = (label: string, text: string) => `     ${label.padEnd(LABEL)} ${text}`
const from = (origin: Origin | undefined, paint: Paint): string => {
  const text = origin ? formatOrigin(origin) : ''
  return text ? `  ${paint.dim(text)}` : ''
}

function hopLines(hop: Hop, now: number, paint: Paint): readonly string[] {
  const lines = [line('listener', hop.listener.name + from(hop.listener.origin, paint))]
  if (hop.chain) lines.push(line('chain', hop.chain.name + from(hop.chain.origin, paint)))
  if (hop.tls) lines.push(...tlsLines(hop.tls, now, paint))
  if (hop.authority !== undefined) {
    const { name = hop.authority, origin } = hop.virtualHost ?? {}
    const text = name === hop.authority ? name : `${hop.authority} → ${name}`
    lines.push(line('host', text + from(origin, paint)))
  }
  if (hop.route) lines.push(line('route', hop.route.name + from(hop.route.origin, paint)))
  for (const { route, mismatch, origin } of hop.nearMisses.slice(0, MOST_NEAR_MISSES)) {
    const why = `${mismatch.condition} wants ${mismatch.wanted}, got ${mismatch.got}`
    lines.push(line('not', paint.dim(`${route}: ${why}`) + from(origin, paint)))
  }
  const more = hop.nearMisses.length - MOST_NEAR_MISSES
  if (more > 0) lines.push(line('', paint.dim(`… and ${more} more`)))
  for (const { allowed, because, by } of hop.policies) {
    const verdict = allowed ? paint.good('allowed') : paint.bad('denied')
    lines.push(line('policy', `${verdict}: ${because}${from(by?.origin, paint)}`))
  }
  if (hop.target) lines.push(line('path', `${hop.target.from} → ${hop.target.to}`))
  for (const change of hop.headers)
    lines.push(
      line('header', headerText(change, paint).replaceAll(FINGERPRINT, '…').replaceAll(TOKEN, '(token)')),
    )
  if (hop.upstream) lines.push(...upstreamLines(hop.upstream, paint))
  return lines
}

function headerText({ name, from: before, to }: Hop['headers'][number], paint: Paint): string {
  if (before === undefined) return paint.good(`+ ${name}: ${to}`)
  if (to === undefined) return paint.bad(`- ${name}: ${before}`)
  const grown = before.length > LONG && to.startsWith(before)
  return grown ? `~ ${name}: … ${to.slice(before.length)}` : `~ ${name}: ${before} → ${to}`
}

function tlsLines(tls: TlsStep, now: number, paint: Paint): readonly string[] {
  const verdict = (text: string) => (tls.ok || !text.startsWith('refused') ? text : paint.bad(text))
  const lines = [line('tls', `SNI ${tls.sni ?? 'none'}`)]
  if (tls.presented)
    lines.push(line('shows', certificateText(tls.presented, now)), line('', verdict(tls.server)))
  if (tls.client.asked !== 'no') {
    lines.push(line('asks', `a client certificate (${tls.client.asked})`))
    lines.push(
      line('gets', tls.client.given ? certificateText(tls.client.given, now) : 'none'),
      line('', verdict(tls.client.verdict)),
    )
  }
  return lines
}

/** `CN=a [a, *.a], issued by CN=b, 53 days left`; without a subject, as many are now, its names alone. */
export function certificateText(certificate: CertificateFacts, now: number): string {
  const { subject, issuer, sans } = certificate
  const names = [...sans.dns, ...sans.uri].join(', ')
  const title = subject === '' ? names || '(no name)' : names === '' ? subject : `${subject} [${names}]`
  return `${title}, issued by ${issuer}, ${timeLeft(certificate, now)}`
}

function upstreamLines(upstream: NonNullable<Hop['upstream']>, paint: Paint): readonly string[] {
  const how = { none: 'plaintext', tls: 'TLS', mutual: 'mutual TLS' }[upstream.tls]
  const to = upstream.endpoint ? ` → ${upstream.endpoint} over ${how}` : ''
  const share = upstream.percent === undefined ? '' : ` (${upstream.percent} %)`
  return [
    line('upstream', upstream.cluster + share + to + from(upstream.origin, paint)),
    ...(upstream.spread ?? []).map((level, index) =>
      line(
        index === 0 ? 'priority' : '',
        level.percent === 0 ? paint.dim(shareText(level)) : shareText(level),
      ),
    ),
    ...(upstream.mirrors ?? []).map(({ cluster, percent }) => line('mirror', `${cluster} (${percent} %)`)),
    ...upstream.alternatives.map(({ cluster, percent }) =>
      line('', paint.dim(`or ${cluster} (${percent} %)`)),
    ),
  ]
}

/** `0: r1/a 60 %, r1/b 40 %; 2 of 3 sound, takes 93 %`. */
function shareText({ priority, percent, endpoints, sound, localities }: PriorityShare): string {
  const places = localities.map(({ name, percent: part }) =>
    part === undefined ? name : `${name} ${part} %`,
  )
  const waits = sound > 0 ? 'waits while enough of those before it are' : 'takes none'
  const works = percent > 0 ? `takes ${percent} %` : waits
  return `${priority}: ${places.join(', ')}; ${sound} of ${endpoints} sound, ${works}`
}

function outcomeLines(outcome: Outcome, paint: Paint): readonly string[] {
  const { status, flag, origin, reason, advice } = outcome
  const words = [status, flag].filter((word) => word !== undefined)
  const mark = outcome.ok ? paint.good('✓') : paint.bad('✗')
  const lines = [`${mark} ${words.length > 0 ? `${paint.bold(words.join(' '))} ` : ''}${outcome.summary}`]
  if (flag) lines.push(`  ${paint.dim(`${flag}: ${responseFlags[flag]}`)}`)
  if (outcome.ok) return lines
  if (origin && formatOrigin(origin)) lines.push(`  at      ${formatOrigin(origin)}`)
  if (reason) lines.push(`  reason  ${reason}`)
  if (advice) lines.push(`  change  ${advice}`)
  return lines
}

/** YAML, which is not broken into lines. */
function editLines({ edit }: Outcome, paint: Paint): readonly string[] {
  if (!edit) return []
  const colour = (text: string) =>
    (text.startsWith('+') ? paint.good : text.startsWith('-') ? paint.bad : paint.dim)(text)
  return [`  in      ${formatOrigin(edit.origin)}`, ...edit.lines.map((text) => `          ${colour(text)}`)]
}
