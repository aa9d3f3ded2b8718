// A trace as text for a terminal: one block per door, the failure and what to change at the end.
import { formatOrigin, type Origin } from '../diagnostics/origin.ts'
import type { CertificateFacts } from '../ir/certificate.ts'
import { responseFlags } from './flags.ts'
import type { Hop, Outcome, TlsStep, Trace } from './hop.ts'

/** How parts of the text are marked; all identity for a pipe. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

const identity = (text: string) => text
export const noPaint: Paint = { bold: identity, dim: identity, good: identity, bad: identity }

const DAY = 86_400_000

/** Renders a trace; `now` (ms) is for the days that certificates have left. Ends with a newline. */
export function renderTrace(trace: Trace, now: number, paint: Paint = noPaint): string {
  const { request, hops, outcome } = trace
  const head = `${request.method} ${request.scheme}://${request.host}${request.port === (request.scheme === 'https' ? 443 : 80) ? '' : `:${request.port}`}${request.target}`
  const blocks = hops.map((hop, index) =>
    renderHop(hop, index, now, paint, !outcome.ok && outcome.hop === index),
  )
  return `${[paint.bold(head), ...blocks, renderOutcome(outcome, paint)].join('\n\n')}\n`
}

const line = (label: string, text: string) => `     ${label.padEnd(12)} ${text}`
const from = (origin: Origin | undefined, paint: Paint): string => {
  const text = origin ? formatOrigin(origin) : ''
  return text ? `  ${paint.dim(text)}` : ''
}

function renderHop(hop: Hop, index: number, now: number, paint: Paint, shut: boolean): string {
  const door = shut ? paint.bad('✗') : paint.good('✓')
  const lines = [
    `${door} ${index + 1}  ${paint.bold(hop.proxy.id)}  ${hop.address}:${hop.port}`,
    line('listener', hop.listener.name + from(hop.listener.origin, paint)),
  ]
  if (hop.chain) lines.push(line('chain', hop.chain.name + from(hop.chain.origin, paint)))
  if (hop.tls) lines.push(...renderTls(hop.tls, now, paint))
  if (hop.virtualHost)
    lines.push(
      line('host', `${hop.authority ?? ''} → ${hop.virtualHost.name}${from(hop.virtualHost.origin, paint)}`),
    )
  else if (hop.authority !== undefined) lines.push(line('host', hop.authority))
  if (hop.route) lines.push(line('route', hop.route.name + from(hop.route.origin, paint)))
  for (const { route, mismatch } of hop.nearMisses.slice(0, 5))
    lines.push(
      line('not', paint.dim(`${route}: ${mismatch.condition} wants ${mismatch.wanted}, got ${mismatch.got}`)),
    )
  if (hop.nearMisses.length > 5) lines.push(line('', paint.dim(`… and ${hop.nearMisses.length - 5} more`)))
  for (const decision of hop.policies)
    lines.push(
      line(
        'policy',
        `${decision.allowed ? paint.good('allowed') : paint.bad('denied')}: ${decision.because}${from(decision.by?.origin, paint)}`,
      ),
    )
  if (hop.target) lines.push(line('path', `${hop.target.from} → ${hop.target.to}`))
  for (const change of hop.headers) lines.push(line('header', headerText(change, paint)))
  if (hop.upstream) lines.push(...renderUpstream(hop.upstream, paint))
  return lines.join('\n')
}

function headerText({ name, from: before, to }: Hop['headers'][number], paint: Paint): string {
  if (before === undefined) return paint.good(`+ ${name}: ${to}`)
  return to === undefined ? paint.bad(`- ${name}: ${before}`) : `~ ${name}: ${before} → ${to}`
}

function renderTls(tls: TlsStep, now: number, paint: Paint): string[] {
  const verdict = (text: string) => (tls.ok ? text : text.startsWith('refused') ? paint.bad(text) : text)
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

/** `CN=a, names a, *.a; issued by CN=b; 53 days left`. */
export function certificateText(certificate: CertificateFacts, now: number): string {
  const names = [...certificate.sans.dns, ...certificate.sans.uri]
  const days = Math.floor((certificate.notAfter - now) / DAY)
  const left = days < 0 ? 'expired' : `${days} day${days === 1 ? '' : 's'} left`
  return `${certificate.subject || '(no subject)'}${names.length > 0 ? ` [${names.join(', ')}]` : ''}, issued by ${certificate.issuer}, ${left}`
}

function renderUpstream(upstream: NonNullable<Hop['upstream']>, paint: Paint): string[] {
  const how = { none: 'plaintext', tls: 'TLS', mutual: 'mutual TLS' }[upstream.tls]
  const lines = [
    line(
      'upstream',
      `${upstream.cluster}${upstream.endpoint ? ` → ${upstream.endpoint} over ${how}` : ''}${from(upstream.origin, paint)}`,
    ),
  ]
  for (const { cluster, percent } of upstream.mirrors ?? [])
    lines.push(line('mirror', `${cluster} (${percent} %)`))
  for (const { cluster, percent } of upstream.alternatives)
    lines.push(line('', paint.dim(`or ${cluster} (${percent} %)`)))
  return lines
}

function renderOutcome(outcome: Outcome, paint: Paint): string {
  const status = outcome.status === undefined ? '' : `${outcome.status} `
  const flag = outcome.flag ? `${outcome.flag} ` : ''
  const mark = outcome.ok ? paint.good('✓') : paint.bad('✗')
  const lines = [`${mark} ${paint.bold(`${status}${flag}`)}${outcome.summary}`]
  if (outcome.flag) lines.push(`  ${paint.dim(`${outcome.flag}: ${responseFlags[outcome.flag]}`)}`)
  if (outcome.origin && !outcome.ok && formatOrigin(outcome.origin))
    lines.push(`  at      ${formatOrigin(outcome.origin)}`)
  if (outcome.reason) lines.push(`  reason  ${outcome.reason}`)
  if (outcome.advice && !outcome.ok) lines.push(`  change  ${outcome.advice}`)
  return lines.join('\n')
}
