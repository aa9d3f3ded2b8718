// Random models and random requests: what a trace predicts of status, refusal, flag, route, upstream and headers is what the engines do.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { HeaderLines } from '../../src/explain/header-lines.ts'
import type { Trace } from '../../src/explain/hop.ts'
import { trace } from '../../src/explain/trace.ts'
import type { RouteAction } from '../../src/ir/route.ts'
import { envoyBinary, needsEnvoy } from '../envoy/testing/binary.ts'
import type { Asked } from '../envoy/testing/draw-request.ts'
import { type Answer, comparable, EnginePair } from '../envoy/testing/pair.ts'
import { differences, requestText } from '../envoy/testing/report.ts'
import { runOf } from '../envoy/testing/run.ts'
import { type Scenario, scenario } from '../envoy/testing/scenario.ts'

const PER_MODEL = 20
const run = runOf<[Scenario, readonly string[]]>('PREDICTION', PER_MODEL)
/** Request headers that models change. */
const WATCHED = ['x-a', 'x-b', 'x-c', 'x-s', 'x-t', 'user-agent', 'cookie']

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

/** Headers in which a trace leaves a command as it is written: it does not know the value. */
const unknown = (headers: Facts['headers'] = {}): readonly string[] =>
  Object.keys(headers).filter((name) => /%[A-Z_]+%/.test(headers[name] ?? ''))

const spaced = (text: string | undefined): string | undefined => text?.replace(/, */g, ', ')

/** What the trace says. */
function predicted({ outcome, hops }: Trace): Facts {
  if (outcome.status === undefined && outcome.kind !== 'upstream') return { refused: true }
  const hop = hops[0]
  const { delivered } = outcome
  return {
    status: outcome.status ?? 200,
    flag: outcome.flag ?? '-',
    route: hop?.route?.name ?? '-',
    ...(outcome.flag === 'UH' || delivered ? { cluster: hop?.upstream?.cluster ?? '-' } : {}),
    ...(outcome.location === undefined ? {} : { location: outcome.location }),
    ...(delivered === undefined
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
function observed({ refused, status, headers, upstream, log }: Answer): Facts {
  if (refused) return { refused }
  const text = (name: string): string => String(log?.[name] ?? '-')
  const flag = text('response_flags')
  return {
    status: status ?? 0,
    flag,
    route: text('route_name'),
    ...(flag === 'UH' || log?.['upstream_host'] ? { cluster: text('upstream_cluster') } : {}),
    ...(headers?.['location'] === undefined ? {} : { location: headers['location'] }),
    ...(upstream === undefined
      ? {}
      : {
          endpoint: text('upstream_host'),
          path: upstream.path,
          authority: upstream.headers['host'] ?? '',
          headers: watched((name) => upstream.headers[name]),
        }),
  }
}

/** Whether a trace knows all that decides: what a program does, what went before it does not. */
function foreseeable(
  { headers, upgrade, absolute, framing, protocol }: Asked,
  { manager }: Scenario,
): boolean {
  const names = headers.map(([name]) => name)
  const spoken = protocol === 'http1' || manager.http2
  const plain = spoken && upgrade === undefined && absolute === undefined && framing !== 'expect'
  return plain && !names.includes('x-do') && !names.includes('content-type')
}

/** Commands that a trace carries out. */
const COMMANDS = [
  ...[
    '%PROTOCOL%',

    '%ROUTE_NAME%',
    '%UPSTREAM_CLUSTER%',
    '%REQUESTED_SERVER_NAME%',
  ],
  ...['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%'],
  ...['%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%', '%DOWNSTREAM_PEER_SUBJECT%', '%DOWNSTREAM_PEER_ISSUER%'],
  ...['%DOWNSTREAM_PEER_SERIAL%', '%DOWNSTREAM_PEER_FINGERPRINT_256%:8', '%DOWNSTREAM_PEER_URI_SAN%'],
  ...[
    '%DOWNSTREAM_PEER_DNS_SAN%',
    '%REQ(x-a)%',
    '%REQ(x-none?x-a)%',
    '%REQ(:scheme)%',
    '%REQ(:authority):3%',
  ],
  ...['%REQ(x-forwarded-for)%', '%REQ(x-forwarded-proto)%', '%REQ(x-a):1%%REQ(x-b)%'],
]

const commands = fc.array(fc.constantFrom(...COMMANDS), { minLength: 8, maxLength: 8 })

/** The scenario with a command in the place of a plain value that its header rules write. */
function withCommands(one: Scenario, commands: readonly string[], engine: 'node' | 'envoy'): Scenario {
  let next = 0
  // An Envoy appends the client to X-Forwarded-For after the rules (docs/engines.md).
  const known = commands.filter((one) => engine === 'node' || one !== '%REQ(x-forwarded-for)%')
  const command = (): string => known[next++ % known.length] ?? 'set'
  return JSON.parse(JSON.stringify(one), (_, value) =>
    value === 'set' || value === 'added' ? command() : value,
  )
}

/** No trace knows that nothing listens at an endpoint. */
const listening = (action: RouteAction): RouteAction =>
  action.kind === 'forward'
    ? {
        ...action,
        clusters: action.clusters.map((one) => (one.cluster === 'dead' ? { ...one, cluster: 'app-0' } : one)),
      }
    : action

/** Without what depends on earlier requests, or on what no model tells. */
const stateless = (one: Scenario): Scenario => ({
  ...one,
  hosts: one.hosts.map((host) => ({
    ...host,
    routes: host.routes.map(({ filters, action, ...route }) => ({
      ...route,
      action: listening(action),
      ...(filters ? { filters: filters.filter(({ kind }) => kind !== 'rate-limit') } : {}),
    })),
  })),
})

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
      headers: new HeaderLines([...asked.headers, ['host', asked.host]]),
      clientChain: client,
      trust: 'off',
      sni: asked.sni,
      alpn: asked.protocol === 'http2' ? ['h2'] : ['http/1.1'],
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

  const property = async (drawn: Scenario, commands: readonly string[]): Promise<void> => {
    const one = withCommands(stateless(drawn), commands, engine)
    await pair.use(one)
    const model = pair.model(one, engine)
    for (const asked of one.requests) {
      if (!foreseeable(asked, one) || !comparable(asked, one)) continue
      const expected = predicted(traced(asked, pair, model, engine))
      const answer = observed(await pair.ask(asked, engine))
      const left = unknown(expected.headers)
      const known = ({ headers, ...facts }: Facts): Facts => ({
        ...facts,
        ...(headers
          ? { headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !left.includes(name))) }
          : {}),
      })
      if (isDeepStrictEqual(known(answer), known(expected))) continue
      const what = differences(expected, answer, ['trace', engine]).join('\n')
      throw new Error([`The trace is wrong about`, requestText(asked), 'namely', what].join('\n'))
    }
  }

  it(
    `does with ${run.requests} random requests what a trace says (seed ${run.parameters.seed})`,
    () => fc.assert(fc.asyncProperty(scenario(PER_MODEL), commands, property), run.parameters),
    run.timeoutMs,
  )
}

describe('the Node engine', () => suite('node'))
describe.skipIf(!envoyBinary)(`Envoy ${needsEnvoy}`, () => suite('envoy'))
