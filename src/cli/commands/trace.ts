// sallyport trace: one request, door by door, over the running cluster or over a folder of manifests.
import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { adminJson } from '../../admin/client.ts'
import { createCompiler } from '../../compile/compile.ts'
import { answerTrace, type TraceAnswer, type TraceQuestion } from '../../control/tracing.ts'
import { UserError } from '../../control/user-error.ts'
import { hopDifferences } from '../../explain/compare-hops.ts'
import { difference } from '../../explain/compare-live.ts'
import { renderTrace } from '../../explain/render-trace.ts'
import { traceJson } from '../../explain/trace-json.ts'
import { findRunning } from '../cluster-options.ts'
import { type Live, liveJson, renderLive, sendLive } from '../live-request.ts'
import { addOutputOption, type OutputOption, printJson } from '../output-option.ts'
import { paint, traceStyle } from '../paint.ts'
import { addObjectOptions, isElsewhere, type ObjectOptions, readObjects } from '../read-objects.ts'

interface TraceOptions extends ObjectOptions, OutputOption {
  readonly header: readonly (readonly [string, string])[]
  readonly cert?: string
  readonly key?: string
  readonly cacert?: string
  readonly sni?: string
  readonly from: string
  readonly live?: true
}

const WOULD_FAIL = 1
const DIFFERS = 3

export function register(command: Command): void {
  addOutputOption(addObjectOptions(command))
    .argument('<url>', 'http://… or https://…; a method may stand before it')
    .argument('[url]', 'the URL, when a method stands first')
    .option('-H, --header <name: value>', 'a request header; may be repeated', collectHeader, [])
    .option('--cert <file>', 'the client certificate (PEM, chain)')
    .option('--key <file>', 'its key, for --live')
    .option('--cacert <file>', 'what the client trusts (PEM)')
    .option('--sni <name>', 'the server name in the handshake, when it is not the host')
    .option(
      '--from <place>',
      '`internet`, or pod/NAME: a pod or its workload (pod/NAMESPACE/NAME where it is not the only one)',
      'internet',
    )
    .option('--live', 'send the request as well and hold the answer against the prediction')
    .addHelpText(
      'after',
      `
Exit code: 0 the request would succeed, ${WOULD_FAIL} it would not, 2 usage, ${DIFFERS} with --live: prediction and answer differ.

Examples:
  $ sallyport trace https://httpbin.example.com/status/418 -f manifests/
  $ sallyport trace POST https://$INGRESS_GATEWAY_DOMAIN/post -H 'x-user: a' --cert client.crt --key client.key --live`,
    )
    .action(traceCommand)
}

async function traceCommand(first: string, second: string | undefined, options: TraceOptions): Promise<void> {
  const question = questionOf(first, second, options)
  const answer =
    options.filename || isElsewhere(options)
      ? await overObjects(question, options)
      : await overCluster(question, options)
  const live = options.live ? await liveAnswer(question, answer, options) : undefined
  const differs = live && difference(answer.trace.outcome, live.answer)
  const hops = live ? hopDifferences(answer.trace, live.hops) : []
  if (options.output === 'json')
    printJson({
      ...traceJson(answer.trace),
      ...(live ? { live: liveJson(live, differs, hops) } : {}),
    })
  else {
    process.stdout.write(renderTrace(answer.trace, answer.now, traceStyle()))
    if (live) process.stdout.write(renderLive(live, differs, hops, paint()))
  }
  if (differs || hops.length > 0) process.exitCode = DIFFERS
  else if (!answer.trace.outcome.ok) process.exitCode = WOULD_FAIL
}

function questionOf(first: string, second: string | undefined, options: TraceOptions): TraceQuestion {
  const [method, url] = second === undefined ? ['GET', first] : [first.toUpperCase(), second]
  return {
    method,
    url,
    headers: options.header,
    from: options.from,
    ...(options.sni === undefined ? {} : { sni: options.sni }),
    ...(options.cert === undefined ? {} : { certificate: readText(options.cert) }),
    ...(options.cacert === undefined ? {} : { anchors: readText(options.cacert) }),
  }
}

async function overObjects(question: TraceQuestion, options: ObjectOptions): Promise<TraceAnswer> {
  const { snapshot } = await readObjects(options)
  return answerTrace(question, createCompiler().compile(snapshot), snapshot)
}

const overCluster = (question: TraceQuestion, options: TraceOptions): Promise<TraceAnswer> =>
  adminJson<TraceAnswer>(findRunning(options).runtime.socket, 'POST', '/trace', question)

async function liveAnswer(
  question: TraceQuestion,
  answer: TraceAnswer,
  options: TraceOptions,
): Promise<Live> {
  if (options.filename || isElsewhere(options))
    throw new UserError(
      '--live needs a cluster that runs here',
      'Leave -f, --kubeconfig and --context away, or leave --live away.',
    )
  const { runtime } = findRunning(options)
  const { variables } = await adminJson<{ variables: Record<string, string> }>(
    runtime.socket,
    'GET',
    '/environment',
  )
  return sendLive(question, {
    proxy: variables['HTTPS_PROXY'] ?? '',
    anchors: readText(options.cacert ?? variables['CURL_CA_BUNDLE'] ?? ''),
    socket: runtime.socket,
    hops: answer.trace.hops.length,
    ...(options.key === undefined ? {} : { key: readText(options.key) }),
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UserError(
      `${path} cannot be read: ${error instanceof Error ? error.message : error}`,
      'Correct the path.',
    )
  }
}

function collectHeader(
  text: string,
  before: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const colon = text.indexOf(':')
  if (colon <= 0) throw new InvalidArgumentError("Write it as 'name: value'.")
  return [...before, [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]]
}
