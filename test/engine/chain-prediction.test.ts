// Random versions of the article's chain, with its two doors, its sidecar and its certificates: what a trace predicts of each door is what the engines do.
import fc from 'fast-check'
import { afterEach, describe, it } from 'vitest'
import { openText } from '../../cases/support/open-case.ts'
import { type Tracer, tracerOf } from '../../cases/support/predict.ts'
import type { CaseRequest } from '../../cases/support/requests.ts'
import { addressOf, type MakeEngine, type RunningCase, runOpened } from '../../cases/support/run-requests.ts'
import type { Outcome as Answer } from '../../cases/support/send.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import { hopDifferences } from '../../src/explain/compare-hops.ts'
import { difference, type LiveAnswer } from '../../src/explain/compare-live.ts'
import type { Trace } from '../../src/explain/hop.ts'
import { envoyBinary, needsEnvoy } from '../envoy/testing/binary.ts'
import { realEnvoy } from '../envoy/testing/engine.ts'
import { runOf } from '../envoy/testing/run.ts'
import { askMarked } from './testing/ask-marked.ts'
import { chainCase } from './testing/draw-chain.ts'
import { chainRequest } from './testing/draw-chain-request.ts'

const PER_CHAIN = 20
/** A chain of Envoys is three processes, which start anew for each. */
const FEW = 160
const run = runOf<[string, readonly CaseRequest[]]>('CHAIN', PER_CHAIN, FEW)
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

/** Doors that must have written: an Envoy writes nothing of a client that leaves because of the certificate it was shown. */
const writers = ({ hops, outcome }: Trace): Trace['hops'] =>
  outcome.cause === 'server-refused' && hops.length === 1 ? [] : hops

async function differences(
  request: CaseRequest,
  predicted: Trace,
  running: RunningCase,
): Promise<readonly string[]> {
  const { got, lines } = await askMarked(request, running, writers(predicted))
  const found = [
    difference(predicted.outcome, answerOf(got)) ?? [],
    deliveredDifferences(predicted, request, got),
    hopDifferences(predicted, lines).map(({ proxy, what }) => `${proxy}: ${what}`),
    writers(predicted).flatMap(({ proxy }) =>
      lines.some((line) => line.proxy === proxy.id) ? [] : [`${proxy.id}: wrote no line`],
    ),
  ].flat()
  return found.length === 0 ? [] : [...found, ...lines.map(({ proxy, line }) => `${proxy} ${line}`)]
}

/** An Envoy judges an update a moment before its workers have it: until then a difference is looked at again. */
const ENVOY_SETTLES_WITHIN_MS = 1_000

function suite(make: MakeEngine, settlesWithinMs = 0): void {
  let running: RunningCase | undefined
  afterEach(() => running?.close())

  const property = async (text: string, all: readonly CaseRequest[]): Promise<void> => {
    await running?.close()
    const opened = openText(text, Date.now())
    const tracer = tracerOf(opened)
    running = await runOpened(opened, make)
    const settledAt = performance.now() + settlesWithinMs
    for (const request of all.filter((one) => isThere(one, tracer))) {
      const predicted = tracer.trace(request)
      let found = await differences(request, predicted, running)
      while (found.length > 0 && performance.now() < settledAt)
        found = await differences(request, predicted, running)
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

describe('the chain on the Node engine', () => suite(createNodeEngine))
describe.skipIf(!envoyBinary)(`the chain on Envoy ${needsEnvoy}`, () =>
  suite(realEnvoy, ENVOY_SETTLES_WITHIN_MS),
)
