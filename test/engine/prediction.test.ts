// Random models and random requests: what a trace predicts of status, refusal, flag, route, upstream and headers is what the engines do.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Trace } from '../../src/explain/hop.ts'
import { trace } from '../../src/explain/trace.ts'
import { envoyBinary, needsEnvoy } from '../envoy/testing/binary.ts'
import { type Answer, comparable, EnginePair } from '../envoy/testing/pair.ts'
import { type Asked, type Scenario, scenario } from '../envoy/testing/scenario.ts'

const PER_MODEL = 20
const FEW = 400
const requests = Number(process.env['PREDICTION_REQUESTS'] ?? FEW)
/** Request headers that models change. */
const WATCHED = ['x-a', 'x-b', 'x-c', 'x-s', 'x-t', 'user-agent', 'cookie']

/** Routes that only Envoy's configuration needs (docs/engines.md). */
const ADDED: ReadonlySet<string> = new Set(['fallback', 'require-tls'])

interface Facts {
  readonly refused?: true
  readonly status?: number
  readonly flag?: string
  readonly route?: string
  readonly cluster?: string
  readonly endpoint?: string
  readonly location?: string
  readonly path?: string
  readonly authority?: string
  readonly headers?: Readonly<Record<string, string>>
}

const watched = (value: (name: string) => string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    WATCHED.flatMap((name) => (value(name) === undefined ? [] : [[name, value(name) ?? '']])),
  )

const spaced = (text: string | undefined): string | undefined => text?.replace(/, */g, ', ')

/** What the trace says. */
function predicted({ request, outcome, hops }: Trace): Facts {
  if (outcome.status === undefined && outcome.kind !== 'upstream') return { refused: true }
  const hop = hops[0]
  const { delivered } = outcome
  return {
    status: outcome.status ?? 200,
    flag: outcome.flag ?? '-',
    route: hop?.route?.name ?? '-',
    ...(outcome.flag === 'UH' || delivered ? { cluster: hop?.upstream?.cluster ?? '-' } : {}),
    ...(outcome.location === undefined ? {} : { location: outcome.location }),
    // The program tells what it saw in the body.
    ...(delivered === undefined || request.method === 'HEAD'
      ? {}
      : {
          endpoint: outcome.endpoint ?? '',
          path: delivered.target,
          authority: delivered.authority,
          headers: watched((name) => spaced(delivered.headers.get(name))),
        }),
  }
}

/** What the engine did. */
function observed({ refused, status, headers, upstream }: Answer, line: string): Facts {
  if (refused) return { refused }
  const log = JSON.parse(line) as Readonly<Record<string, string | null>>
  const route = log['route_name'] ?? '-'
  const seen = upstream?.['headers'] as Readonly<Record<string, string>> | undefined
  return {
    status: status ?? 0,
    flag:
      route === 'fallback' && log['response_code_details'] === 'direct_response'
        ? 'NR'
        : (log['response_flags'] ?? '-'),
    route: ADDED.has(route) ? '-' : route,
    ...(log['response_flags'] === 'UH' || seen || log['response_code_details'] === 'via_upstream'
      ? { cluster: log['upstream_cluster'] ?? '-' }
      : {}),
    ...(headers?.['location'] === undefined ? {} : { location: headers['location'] }),
    ...(upstream === undefined || seen === undefined
      ? {}
      : {
          endpoint: log['upstream_host'] ?? '',
          path: String(upstream['path']),
          authority: seen['host'] ?? '',
          headers: watched((name) => seen[name]),
        }),
  }
}

function traced(
  asked: Asked,
  pair: EnginePair,
  model: ReturnType<EnginePair['model']>,
  engine: 'node' | 'envoy',
): Trace {
  const { port, client } = pair.door(asked, engine)
  return trace(
    {
      method: asked.method,
      scheme: asked.tls ? 'https' : 'http',
      host: asked.sni,
      port,
      target: asked.path,
      headers: new Map([...asked.headers, ['host', asked.host]]),
      clientChain: client,
      trust: 'off',
      sni: asked.sni,
      alpn: [],
      sourceIp: '127.0.0.1',
      bodyBytes: asked.body,
      via: { address: '127.0.0.1', port },
    },
    { model, now: Date.now(), resolve: () => '127.0.0.1' },
  )
}

function suite(engine: 'node' | 'envoy'): void {
  let pair: EnginePair
  beforeAll(async () => {
    pair = await EnginePair.start([engine])
  })
  afterAll(() => pair?.close())

  const property = async (one: Scenario): Promise<void> => {
    await pair.use(one, 'istio-json')
    const model = pair.model(one, engine, 'istio-json')
    for (const asked of one.requests.filter((each) => engine === 'node' || comparable(each, one))) {
      const expected = predicted(traced(asked, pair, model, engine))
      const { answer, line } = await pair.askLogged(asked, engine)
      expect(observed(answer, line), JSON.stringify(asked)).toEqual(expected)
    }
  }

  it(
    `does with ${requests} random requests what a trace says`,
    async () => {
      const asked = process.env['PREDICTION_SEED']
      const seed = asked ?? (requests === FEW ? '1' : undefined)
      await fc.assert(fc.asyncProperty(scenario(PER_MODEL), property), {
        endOnFailure: asked === undefined,
        numRuns: Math.ceil(requests / PER_MODEL),
        ...(seed === undefined ? {} : { seed: Number(seed) }),
        interruptAfterTimeLimit: 30 * 60_000,
      })
    },
    35 * 60_000,
  )
}

describe('the Node engine', () => suite('node'))
describe.skipIf(!envoyBinary)(`Envoy ${needsEnvoy}`, () => suite('envoy'))
