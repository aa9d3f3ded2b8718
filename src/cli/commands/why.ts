// sallyport why: what already happened. A code, a flag or a whole x-sallyport-reason in words; a request by its id, or the last failure, joined from the logs of all doors.
import type { Command } from 'commander'
import { adminJson, adminLines } from '../../admin/client.ts'
import type { AccessLine } from '../../control/access-log.ts'
import { parseLine } from '../../control/parse-access-line.ts'
import type { TraceAnswer, TraceQuestion } from '../../control/tracing.ts'
import { UserError } from '../../control/user-error.ts'
import { renderTrace } from '../../explain/render-trace.ts'
import { traceJson } from '../../explain/trace-json.ts'
import { explainReason } from '../../explain/why/explain-reason.ts'
import { joinHops, seedsOf } from '../../explain/why/join.ts'
import type { LoggedHop } from '../../explain/why/logged-hop.ts'
import { explainHops, renderExplained, renderHops } from '../../explain/why/render-why.ts'
import { addClusterOptions, type ClusterOptions, findRunning } from '../cluster-options.ts'
import { addOutputOption, type OutputOption, printJson } from '../output-option.ts'
import { paint, traceStyle, wrapped } from '../paint.ts'

const LINES = 4000

export function register(command: Command): void {
  addOutputOption(addClusterOptions(command))
    .argument(
      '[what...]',
      'a diagnostic code, a response flag, the text of x-sallyport-reason, or a request id; nothing: the last failure',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ sallyport why SP0205
  $ sallyport why UF upstream_reset_before_response_started
  $ sallyport why                  (the last request that failed)`,
    )
    .action(why)
}

async function why(words: readonly string[], options: ClusterOptions & OutputOption): Promise<void> {
  const text = words.join(' ')
  const explained = explainReason(text)
  if (explained.length > 0) {
    if (options.output === 'json') printJson(explained)
    else process.stdout.write(wrapped(renderExplained(explained, paint())))
    return
  }
  const { socket } = findRunning(options).runtime
  const lines = await logged(socket)
  const hops = joinHops(lines, seedsOf(lines, text === '' ? undefined : text))
  const [first] = hops
  if (!first)
    throw text === ''
      ? new UserError('no request has failed', 'Give a code, a response flag or a request id.')
      : new UserError(
          `${text} is no code, no response flag, and no request id in the logs`,
          'See `sallyport logs` for request ids.',
        )
  const traced = await retrace(first, socket)
  if (options.output === 'json') {
    printJson({ hops, explained: explainHops(hops), trace: traced ? traceJson(traced.trace) : null })
    return
  }
  process.stdout.write(wrapped(renderHops(hops, paint())))
  if (traced && !traced.trace.outcome.ok)
    process.stdout.write(
      `\nAs the configuration is now:\n\n${renderTrace(traced.trace, traced.now, traceStyle())}`,
    )
}

async function logged(socket: string): Promise<readonly LoggedHop[]> {
  const found: LoggedHop[] = []
  for await (const { proxy, line } of adminLines<AccessLine>(socket, `/logs?tail=${LINES}`)) {
    const hop = parseLine(proxy, line)
    if (hop) found.push(hop)
  }
  return found
}

/** The same request, traced over the model of now; none when the first line is not of a request. */
async function retrace(hop: LoggedHop, socket: string): Promise<TraceAnswer | undefined> {
  if (hop.method === undefined || hop.method === '-' || hop.authority === undefined) return undefined
  const { method, authority, path = '/' } = hop
  const scheme = hop.scheme ?? (hop.sni === undefined ? 'http' : 'https')
  const question: TraceQuestion = {
    method,
    url: `${scheme}://${authority}${path}`,
    headers: [],
    from: 'internet',
    ...(hop.status > 0 ? { clientTaken: true as const } : {}),
    ...(hop.sni === undefined ? {} : { sni: hop.sni }),
  }
  return adminJson<TraceAnswer>(socket, 'POST', '/trace', question).catch(() => undefined)
}
