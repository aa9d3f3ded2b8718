// Random versions of the article's chain, with its two doors, its sidecar and its certificates: what a trace predicts of each door is what the engines do.
import fc from 'fast-check'
import { afterEach, describe, it } from 'vitest'
import { openText } from '../../cases/support/open-case.ts'
import { type Tracer, tracerOf } from '../../cases/support/predict.ts'
import type { CaseRequest } from '../../cases/support/requests.ts'
import { addressOf, type MakeEngine, type RunningCase, runOpened } from '../../cases/support/run-requests.ts'
import type { Outcome as Answer } from '../../cases/support/send.ts'
import { parseLine } from '../../src/control/parse-access-line.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import { hopDifferences } from '../../src/explain/compare-hops.ts'
import { difference, type LiveAnswer } from '../../src/explain/compare-live.ts'
import type { Trace } from '../../src/explain/hop.ts'
import { joinHops } from '../../src/explain/why/join.ts'
import type { LoggedHop } from '../../src/explain/why/logged-hop.ts'
import { envoyBinary, needsEnvoy } from '../envoy/testing/binary.ts'
import { realEnvoy } from '../envoy/testing/engine.ts'
import { runOf } from '../envoy/testing/run.ts'
import { chainCase } from './testing/draw-chain.ts'
import { chainRequest } from './testing/draw-chain-request.ts'

const PER_CHAIN = 20
const run = runOf<[string, readonly CaseRequest[]]>('CHAIN', PER_CHAIN)
const requests = fc.array(chainRequest, { minLength: PER_CHAIN, maxLength: PER_CHAIN })

/** Whether the chain has the door, and the workload whose certificate is presented, at all. */
function isThere({ to, url, client }: CaseRequest, { opened, model }: Tracer): boolean {
  const [, account] = /^mesh (.*)$/.exec(client ?? '') ?? []
  if (account !== undefined && opened.meshPair(account).cert === undefined) return false
  const { protocol, port } = new URL(url)
  try {
    // A pod without a sidecar is no door.
    return (
      addressOf(to, Number(port || (protocol === 'https:' ? 443 : 80)), opened, model).proxy !== undefined
    )
  } catch {
    return false
  }
}

const answerOf = (got: Answer): LiveAnswer => {
  if ('refused' in got) return { kind: 'refused', message: got.refused }
  const { 'x-sallyport-reason': reason, location } = got.headers
  return {
    kind: 'answer',
    status: got.status,
    ...(reason === undefined ? {} : { reason }),
    ...(location === undefined ? {} : { location }),
  }
}

/** What the program says that it saw, against what was to be delivered. */
function deliveredDifferences(
  { outcome }: Trace,
  { method = 'GET' }: CaseRequest,
  got: Answer,
): readonly string[] {
  const { delivered, endpoint } = outcome
  if (!delivered || 'refused' in got || method === 'HEAD') return []
  if (!got.body.startsWith('{')) return [`no program answered, but ${got.status}: ${got.body.slice(0, 80)}`]
  const seen = JSON.parse(got.body) as { address: string; path: string; headers: Record<string, string> }
  const pairs = [
    ['endpoint', endpoint, seen.address],
    ['path', delivered.target, seen.path],
    ['authority', delivered.authority, seen.headers['host']],
    ['x-a', delivered.headers.get('x-a'), seen.headers['x-a']],
    ['x-forwarded-proto', delivered.headers.get('x-forwarded-proto'), seen.headers['x-forwarded-proto']],
  ]
  return pairs.flatMap(([what, wanted, found]) =>
    wanted === found ? [] : [`${what}: predicted ${wanted}, but it was ${found}`],
  )
}

const LINES_WITHIN_MS = 3_000

/** The lines of the request that began at `since` (ms since the epoch), once there is one of every door that it reached or time is up. */
async function linesOf(running: RunningCase, predicted: Trace, since: number): Promise<readonly LoggedHop[]> {
  const doors = writers(predicted).length
  const throughAlb = predicted.hops[0]?.proxy.kind === 'alb'
  const until = performance.now() + LINES_WITHIN_MS
  // A door that was tried twice by an earlier request may write late.
  const own = () =>
    running
      .log()
      .flatMap(({ proxy, line }) => parseLine(proxy, line) ?? [])
      // The load balancer's lines count in seconds.
      .filter(({ proxy, start }) =>
        proxy.startsWith('alb/') ? throughAlb && start >= since - (since % 1000) : start >= since,
      )
  while (own().length < doors && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 2))
  const lines = own()
  return joinHops(lines, lines)
}

/** Doors that must have written: an Envoy writes nothing of a client that leaves because of the certificate it was shown. */
const writers = ({ hops, outcome }: Trace): Trace['hops'] =>
  outcome.cause === 'server-refused' && hops.length === 1 ? [] : hops

async function differences(
  request: CaseRequest,
  predicted: Trace,
  running: RunningCase,
): Promise<readonly string[]> {
  const since = Date.now()
  const got = await running.ask(request)
  const lines = await linesOf(running, predicted, since)
  const other = difference(predicted.outcome, answerOf(got))
  return [
    other ?? [],
    deliveredDifferences(predicted, request, got),
    hopDifferences(predicted, lines).map(({ proxy, what }) => `${proxy}: ${what}`),
    writers(predicted)
      .slice(lines.length)
      .map(({ proxy }) => `${proxy.id}: wrote no line`),
    other ? lines.map(({ line }) => line) : [],
  ].flat()
}

function suite(make: MakeEngine): void {
  let running: RunningCase | undefined
  afterEach(() => running?.close())

  const property = async (text: string, all: readonly CaseRequest[]): Promise<void> => {
    await running?.close()
    const opened = openText(text, Date.now())
    const tracer = tracerOf(opened)
    running = await runOpened(opened, make)
    for (const request of all.filter((one) => isThere(one, tracer))) {
      const predicted = tracer.trace(request)
      const found = await differences(request, predicted, running)
      if (found.length === 0) continue
      const { name: _, expect: __, ...asked } = request
      throw new Error(
        [`The trace is wrong about ${JSON.stringify(asked)}`, predicted.outcome.summary, ...found].join('\n'),
      )
    }
  }

  it(
    `does at every door with ${run.requests} random requests what a trace says (seed ${run.parameters.seed})`,
    () => fc.assert(fc.asyncProperty(chainCase, requests, property), run.parameters),
    run.timeoutMs,
  )
}

// By hand only (npm run outside:chains): rare differences are left to be found.
const asked = process.env['CHAIN_REQUESTS'] !== undefined
describe.runIf(asked)('the chain on the Node engine', () => suite(createNodeEngine))
describe.runIf(asked && envoyBinary !== undefined)(`the chain on Envoy ${needsEnvoy}`, () => suite(realEnvoy))
