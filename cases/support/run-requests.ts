// Sends the requests of a case through an engine and says, for each, what is not as expected.
import { createCompiler } from '../../src/compile/compile.ts'
import type { Engine, EngineOptions } from '../../src/engines/engine.ts'
import type { Model, Proxy } from '../../src/ir/proxy.ts'
import type { Pod } from '../../src/resources/pod.ts'
import type { Resource } from '../../src/resources/snapshot.ts'
import { type Seen, startBackends } from './backends.ts'
import { type OpenCase, openCase } from './open-case.ts'
import { choosePlaces } from './places.ts'
import type { CaseRequest, Expectation } from './requests.ts'
import { type Outcome, send } from './send.ts'
import { withTexts } from './tokens.ts'

export type MakeEngine = (options: EngineOptions) => Engine | Promise<Engine>

export interface Logged {
  readonly proxy: string
  readonly line: string
}

/** A case on an engine: `send` tells what differs from what was expected, `close` leaves nothing behind. */
export interface RunningCase {
  readonly send: (request: CaseRequest) => Promise<readonly string[]>
  /** What comes back, whatever is expected. */
  readonly ask: (request: CaseRequest) => Promise<Outcome>
  /** The lines that were logged since the last request was sent. */
  readonly log: () => readonly Logged[]
  /** What the last request gave: the answer and the log of every hop, without what no two requests have in common. */
  readonly record: () => readonly string[]
  /** A proxy of the case is the upstream of another. */
  readonly chained: boolean
  readonly close: () => Promise<void>
}

function proxyOf(model: Model, kind: Proxy['kind']): Proxy {
  const proxy = model.proxies.find((one) => one.kind === kind)
  if (proxy === undefined) throw new Error(`the model has no ${kind}`)
  return proxy
}

/** The address a request goes to: a door's is that of its load balancer, the last of its binds. */
export function addressOf(
  to: string,
  port: number,
  opened: OpenCase,
  model: Model,
): { address: string; port: number; proxy?: Proxy } {
  if (to === 'alb' || to === 'gateway') {
    const proxy = proxyOf(model, to)
    const bind = proxy.listeners.flatMap((listener) => listener.binds).findLast((one) => one.port === port)
    if (bind === undefined) throw new Error(`the ${to} has no port ${port}`)
    return { ...bind, proxy }
  }
  const [form, name = ''] = to.split(' ')
  if (form === 'pod' || form === 'outbound') {
    const pod = opened.snapshot.objects.get('Pod')?.get(name) as Resource<Pod> | undefined
    const proxy = model.proxies.find((one) => one.id === `sidecar/${name}`)
    const address = pod?.object.status?.podIP
    if (address === undefined) throw new Error(`there is no pod ${name}`)
    return { address, port: form === 'outbound' ? 15_001 : port, ...(proxy === undefined ? {} : { proxy }) }
  }
  const colon = to.lastIndexOf(':')
  return { address: to.slice(0, colon), port: Number(to.slice(colon + 1)) }
}

const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80))

function differs(name: string, wanted: unknown, found: unknown): readonly string[] {
  return wanted === undefined || wanted === found
    ? []
    : [`${name}: expected ${String(wanted)}, got ${String(found)}`]
}

function headerDiffs(
  wanted: Readonly<Record<string, string | null>> = {},
  found: Readonly<Record<string, string>>,
  where: string,
): readonly string[] {
  return Object.entries(wanted).flatMap(([name, value]) =>
    differs(`${where} ${name}`, value === null ? 'nothing' : value, found[name.toLowerCase()] ?? 'nothing'),
  )
}

function upstreamDiffs(wanted: NonNullable<Expectation['upstream']>, body: string): readonly string[] {
  let seen: Seen
  try {
    seen = JSON.parse(body) as Seen
  } catch {
    return [`no program answered: ${body.slice(0, 200)}`]
  }
  return [
    ...differs('upstream path', wanted.path, seen.path),
    ...differs('upstream method', wanted.method, seen.method),
    ...differs('upstream address', wanted.address, seen.address),
    ...differs('upstream sni', wanted.sni, seen.sni ?? ''),
    ...differs('upstream client', wanted.client, seen.client ?? ''),
    ...headerDiffs(wanted.headers, seen.headers, 'upstream header'),
  ]
}

function compare(expect: Expectation, outcome: Outcome): readonly string[] {
  if ('refused' in outcome) {
    return expect.connection === 'refused' ? [] : [`no answer: ${outcome.refused}`]
  }
  if (expect.connection === 'refused') return [`expected no answer, got ${outcome.status}`]
  return [
    ...differs('status', expect.status, outcome.status),
    ...differs('reason', expect.reason, outcome.headers['x-sallyport-reason'] ?? 'none'),
    ...headerDiffs(expect.headers, outcome.headers, 'header'),
    ...(expect.body === undefined || outcome.body.includes(expect.body)
      ? []
      : [`body: expected a part "${expect.body}", got "${outcome.body.slice(0, 200)}"`]),
    ...(expect.upstream === undefined ? [] : upstreamDiffs(expect.upstream, outcome.body)),
  ]
}

/** The request with the tokens of the case in the place of their names. */
export function withTokens(request: CaseRequest, tokens: OpenCase['tokens']): CaseRequest {
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [
    name,
    withTexts(value, tokens),
  ])
  return { ...request, url: withTexts(request.url, tokens), headers: Object.fromEntries(headers) }
}

/** How long a line may take from an engine that is another process. */
const LINE_WAIT_MS = 3_000

/** Flags stand after the status in Envoy's text format. */
async function flagDiffs(
  expect: Expectation,
  proxy: Proxy | undefined,
  log: readonly Logged[],
): Promise<readonly string[]> {
  if (expect.flag === undefined) return []
  const wanted = new RegExp(` ${expect.status ?? '\\d+'} ${expect.flag} `)
  const found = () => log.filter((one) => one.proxy === proxy?.id).map((one) => one.line)
  const until = performance.now() + LINE_WAIT_MS
  while (performance.now() < until && !found().some((line) => wanted.test(line)))
    await new Promise((resolve) => setTimeout(resolve, 10))
  const lines = found()
  return lines.some((line) => wanted.test(line))
    ? []
    : [`no access log line with the flag ${expect.flag}: ${lines.join(' | ')}`]
}

function isChained({ proxies }: Model): boolean {
  const bound = new Set(
    proxies.flatMap(({ listeners }) =>
      listeners.flatMap(({ binds }) => binds.map(({ address, port }) => `${address}:${port}`)),
    ),
  )
  return proxies.some(({ clusters }) =>
    clusters.some(({ endpoints }) => endpoints.some(({ address, port }) => bound.has(`${address}:${port}`))),
  )
}

const PASSING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT[\d:.+Z-]+/g, 'TIME'],
  [/\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, 'TIME'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b/g, 'ID'],
  // Envoy's text: bytes received and sent, then two durations.
  [/( \d+ \d+) \d+ (?:\d+|-) "/g, '$1 MS MS "'],
  [/("[a-z_-]*(?:time|duration|msec)[a-z_-]*":\s*"?)[\d.]+/g, '$1MS'],
  // Ports that the system chose.
  [/(\d+\.\d+\.\d+\.\d+:)(?:1[6-9]|[2-6]\d)\d{3}\b/g, '$1PORT'],
  [/("(?:remote_port|connection)[a-z_]*":\s*"?)\d+/g, '$1N'],
]

function withoutPassing(text: string): string {
  return PASSING.reduce((left, [pattern, word]) => left.replace(pattern, word), text)
}

/** Brings a case up on an engine, with certificates of now. */
export async function runCase(folder: string, makeEngine: MakeEngine): Promise<RunningCase> {
  return runOpened(await openCase(folder, Date.now()), makeEngine)
}

/** Brings a case up that was opened before: what runs beside it has the same certificates. */
export async function runOpened(opened: OpenCase, makeEngine: MakeEngine): Promise<RunningCase> {
  const { model } = createCompiler().compile(opened.snapshot)
  const locate = await choosePlaces(model)
  let log: Logged[] = []
  let last: Outcome | undefined
  const trouble: string[] = []
  const engine = await makeEngine({
    locate,
    accessLog: (proxy, line) => log.push({ proxy, line }),
    report: (diagnostic) => trouble.push(diagnostic.message),
  })
  const stopBackends = await startBackends(model, locate, opened.settings.backends ?? [], opened.material)
  const { rejected } = await engine.apply({ version: 1, model, blobs: opened.blobs })
  trouble.push(...rejected.map((one) => one.message))

  const certificate = (name: string | undefined): { cert?: string; key?: string } => {
    if (name === undefined) return {}
    const [form, account] = name.split(' ')
    const pair =
      form === 'mesh'
        ? opened.meshPair(account ?? '')
        : { cert: opened.material.get(`${name}.crt`), key: opened.material.get(`${name}.key`) }
    if (pair.cert === undefined || pair.key === undefined) throw new Error(`there is no credential ${name}`)
    return { cert: pair.cert, key: pair.key }
  }

  const target = ({ to, url }: CaseRequest) => addressOf(to, portOf(new URL(url)), opened, model)
  const ask = async (written: CaseRequest): Promise<Outcome> => {
    const request = withTokens(written, opened.tokens)
    const url = new URL(request.url)
    const { address, port } = target(request)
    const ca = request.trust === undefined ? undefined : opened.material.get(`${request.trust}.ca`)
    const servername = request.sni ?? url.hostname
    log = []
    last = await send({
      place: locate(address, port),
      url,
      proxied: request.to.startsWith('outbound '),
      method: request.method ?? 'GET',
      headers: request.headers ?? {},
      bodyBytes: request.bodyBytes ?? 0,
      tls: {
        ...(servername === '' ? {} : { servername }),
        ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
        ...(request.alpn === undefined ? {} : { ALPNProtocols: [...request.alpn] }),
        ...certificate(request.client),
      },
    })
    return last
  }

  return {
    ask,
    log: () => log,
    send: async (request) => {
      const outcome = await ask(request)
      const { proxy } = target(request)
      return [
        ...trouble,
        ...compare(request.expect, outcome),
        ...(await flagDiffs(request.expect, proxy, log)),
      ]
    },
    record: () => [
      withoutPassing(JSON.stringify(last)),
      ...log.map(({ proxy, line }) => withoutPassing(`${proxy} ${line}`)).sort(),
    ],
    chained: isChained(model),
    close: async () => {
      await engine.close({ drainMs: 0 })
      await stopBackends()
    },
  }
}
