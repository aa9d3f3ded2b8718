// The same scenario on both engines: what each answers to each request, and where they differ.
import { createServer, request as httpRequest, type Server } from 'node:http'
import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Engine, EngineOptions } from '../../../src/engines/engine.ts'
import { createNodeEngine } from '../../../src/engines/node/index.ts'
import type { CertificateFacts } from '../../../src/ir/certificate.ts'
import type { FilterChain, HttpManager } from '../../../src/ir/listener.ts'
import type { Model, Proxy } from '../../../src/ir/proxy.ts'
import type { DownstreamTls } from '../../../src/ir/tls.ts'
import { facts, TestAuthority, TestBlobs, type TestCertificate } from '../../engine/testing/certificates.ts'
import {
  albManager,
  chain,
  cluster,
  endpoint,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../../engine/testing/model.ts'
import { envoyLog, realEnvoy } from './engine.ts'
import type { Asked, Scenario } from './scenario.ts'

export interface Answer {
  readonly refused?: true
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What the program saw. */
  readonly upstream?: Readonly<Record<string, unknown>>
}

export interface Disagreement {
  readonly request: Asked
  readonly node: Answer
  readonly envoy: Answer
}

type EngineName = 'node' | 'envoy'
type Engines = { readonly node: Engine; readonly envoy?: Engine }
type Ports = Readonly<Record<EngineName, { readonly plain: number; readonly tls: number }>>

/** Lines of an access log, one at a time. */
class LineQueue {
  #lines: string[] = []
  #waiting: ((line: string) => void) | undefined

  put(line: string): void {
    const taker = this.#waiting
    this.#waiting = undefined
    if (taker === undefined) this.#lines.push(line)
    else taker(line)
  }

  take(): Promise<string> {
    const line = this.#lines.shift()
    return line === undefined
      ? new Promise((resolve) => {
          this.#waiting = resolve
        })
      : Promise.resolve(line)
  }

  clear(): void {
    this.#lines = []
    this.#waiting = undefined
  }
}

const MARKER = 'marker.test'
/** A line about a connection without a request: Envoy's comes some time after the client was refused. */
const isOfConnection = (line: string): boolean => /"- - -"|"method":null/.test(line)
/** They differ from one request to the next. */
const VOLATILE = new Set([
  ...['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length'],
  ...['x-request-id', 'x-envoy-upstream-service-time', 'x-global-k8fdic-transaction-id'],
  // Each listens on a port of its own; of Envoy's names nginx knows none.
  ...['x-forwarded-port', 'x-envoy-original-path', 'x-envoy-expected-rq-timeout-ms'],
])

function steady(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => !VOLATILE.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value).replace(/, */g, ', ')]).sort())
}

/** The flag of the reason, where there is one; the words after it are each engine's own. */
function reasonFlag(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'x-sallyport-reason': reason, ...others } = headers
  const flag = /^(?:[A-Z]{2,5}|SP\d{4})(?= |$)/.exec(reason ?? '')?.[0]
  return flag === undefined ? others : { ...others, 'x-sallyport-reason': flag }
}

async function backend(name: string): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', server: 'app', 'x-e': '1', 'x-b': 'up' })
      const headers = steady(request.headers)
      response.end(JSON.stringify({ name, method: request.method, path: request.url, headers, bytes }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { server, port: typeof address === 'object' && address ? address.port : 0 }
}

/** Whether the engines are meant to answer alike: docs/engines.md, "Where the engines differ", names the paths that are left out. */
export function comparable({ path }: Asked, { manager: { path: level } }: Scenario): boolean {
  if (level === 'none') return true
  const [plain = ''] = path.split('?')
  const decoded = plain
    .replace(/%2e/gi, '.')
    .replace(/%2f|%5c/gi, level === 'decode-and-merge-slashes' ? '/' : '_')
    .replaceAll('\\', '/')
  const stack: string[] = []
  for (const segment of decoded.split('/').slice(1)) {
    if (segment === '..' && stack.pop() === undefined) return false
    if (segment !== '..' && segment !== '.') stack.push(segment)
  }
  if (/\/\.{1,2}$/.test(decoded)) stack.push('')
  const onlySlashes = level !== 'base' && stack.length > 1 && stack.every((segment) => segment === '')
  return !onlySlashes && !/%(?![0-9a-f]{2})|%00|\/\.{1,2};/i.test(decoded)
}

export class EnginePair {
  readonly #engines: Engines
  readonly #ports: Ports
  readonly #backends: readonly { server: Server; port: number }[]
  readonly #blobs: TestBlobs
  readonly #server: TestCertificate
  readonly #authority: TestAuthority
  readonly #clients: Readonly<Record<NonNullable<Asked['client']>, TestCertificate>>
  readonly #lines: Readonly<Record<EngineName, LineQueue>>
  #version = 0

  private constructor(parts: {
    readonly engines: Engines
    readonly ports: Ports
    readonly backends: readonly { server: Server; port: number }[]
    readonly blobs: TestBlobs
    readonly lines: Readonly<Record<EngineName, LineQueue>>
  }) {
    this.#engines = parts.engines
    this.#lines = parts.lines
    this.#ports = parts.ports
    this.#backends = parts.backends
    this.#blobs = parts.blobs
    this.#authority = new TestAuthority(parts.blobs, 'Clients')
    const foreign = new TestAuthority(parts.blobs, 'Foreign')
    this.#server = this.#authority.leaf({
      subject: { commonName: 'server' },
      dns: ['a.test', 'b.test', '*.w.test'],
    })
    const uri = (name: string) => [`spiffe://cluster.local/ns/n/sa/${name}`]
    this.#clients = {
      good: this.#authority.leaf({ subject: { commonName: 'good' }, uri: uri('good'), dns: ['good.test'] }),
      other: this.#authority.leaf({ subject: { commonName: 'other' }, dns: ['other.test'] }),
      foreign: foreign.leaf({ subject: { commonName: 'foreign' }, uri: uri('good') }),
      expired: this.#authority.leaf({
        subject: { commonName: 'expired' },
        uri: uri('good'),
        now: Date.now() - 3_600_000,
        lifetimeMs: 60_000,
        backdateMs: 60_000,
      }),
    }
  }

  /** Both engines, or the Node engine alone. */
  static async start(names: readonly EngineName[] = ['node', 'envoy']): Promise<EnginePair> {
    const lines = { node: new LineQueue(), envoy: new LineQueue() }
    const options = (name: EngineName): EngineOptions => ({
      locate: (host, port) => ({ host, port }),
      accessLog: (_, line) => {
        if (!line.includes(MARKER) && !isOfConnection(line)) lines[name].put(line)
      },
      report: (diagnostic) => {
        if (name === 'node') throw new Error(diagnostic.message)
      },
    })
    const two = async () => ({ plain: await freePort(), tls: await freePort() })
    return new EnginePair({
      engines: {
        node: createNodeEngine(options('node')),
        ...(names.includes('envoy') ? { envoy: await realEnvoy(options('envoy')) } : {}),
      },
      lines,
      ports: { node: await two(), envoy: await two() },
      backends: [await backend('app-0'), await backend('app-1')],
      blobs: new TestBlobs(),
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#engines.node.close(), this.#engines.envoy?.close()])
    for (const { server } of this.#backends) {
      server.closeAllConnections()
      server.close()
    }
  }

  /** Requests of the scenario to which the engines answer differently; throws when an engine takes not all of the model. */
  async compare(scenario: Scenario): Promise<readonly Disagreement[]> {
    await this.use(scenario)
    const found: Disagreement[] = []
    for (const request of scenario.requests.filter((one) => comparable(one, scenario))) {
      const [node, envoy] = await Promise.all([this.ask(request, 'node'), this.ask(request, 'envoy')])
      if (JSON.stringify(node) !== JSON.stringify(envoy)) found.push({ request, node, envoy })
    }
    return found
  }

  /** Puts the scenario's model in force, with this access log; throws when an engine takes not all of it. */
  async use(scenario: Scenario, accessLog: HttpManager['accessLog'] = 'off'): Promise<void> {
    this.#version += 1
    for (const name of ['node', 'envoy'] as const) {
      const model = this.model(scenario, name, accessLog)
      const { rejected = [] } =
        (await this.#engines[name]?.apply({ version: this.#version, model, blobs: this.#blobs })) ?? {}
      if (rejected.length > 0)
        throw new Error(`${name}: ${rejected.map(({ message }) => message).join('; ')}`)
    }
    if (this.#engines.envoy !== undefined) await this.#inForce(this.#version)
  }

  /** What `use` put in force. */
  model(scenario: Scenario, engine: EngineName, accessLog: HttpManager['accessLog'] = 'off'): Model {
    return { proxies: [this.#proxy(scenario, engine, accessLog)] }
  }

  /** The door for a request: its port, and the certificates that the client presents. */
  door(
    asked: Asked,
    engine: EngineName,
  ): { readonly port: number; readonly client: readonly CertificateFacts[] } {
    const port = this.#ports[engine][asked.tls ? 'tls' : 'plain']
    return { port, client: asked.client ? facts(this.#clients[asked.client].chain) : [] }
  }

  /** The request, and the access-log line about it when there is one to wait for. */
  async askLogged(
    asked: Asked,
    engine: EngineName,
  ): Promise<{ readonly answer: Answer; readonly line: string }> {
    this.#lines[engine].clear()
    const answer = await this.ask(asked, engine)
    return { answer, line: answer.refused ? '' : await this.#lines[engine].take() }
  }

  /** An Envoy judges an update a moment before its workers have it. */
  async #inForce(version: number): Promise<void> {
    const marker: Asked = {
      tls: false,
      sni: '',
      method: 'GET',
      host: MARKER,
      path: '/',
      headers: [],
      body: 0,
    }
    const until = performance.now() + 20_000
    for (const tls of [false, true])
      for (;;) {
        if (performance.now() > until)
          throw new Error(`Envoy does not serve: ${envoyLog.slice(-5).join(' ')}`)
        const { body } = await this.ask({ ...marker, tls, sni: MARKER }, 'envoy')
        if (body === String(version)) break
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
  }

  #proxy(scenario: Scenario, engine: EngineName, accessLog: HttpManager['accessLog']): Proxy {
    const ports = this.#ports[engine]
    const mark = virtualHost(
      [MARKER],
      [route({ kind: 'direct-response', status: 200, body: String(this.#version) })],
    )
    const make = scenario.manager.profile === 'alb' ? albManager : manager
    // Policies of the manager would stand before the marker.
    const { filters = [], ...settings } = scenario.manager
    const handler = (name: string, rest: Partial<HttpManager>) =>
      make({ ...table(...scenario.hosts, mark), name }, { ...settings, accessLog, upgrades: [], ...rest })
    const verify = { trust: this.#authority.trust }
    const tls: DownstreamTls = {
      certificates: [this.#server.ref],
      alpn: ['http/1.1'],
      clientCertificate: scenario.clients === 'none' ? { mode: 'none' } : { mode: scenario.clients, verify },
    }
    const chains: readonly FilterChain[] = [
      chain(handler('tls', { filters }), {
        name: 'names',
        match: { transport: 'tls', serverNames: scenario.sni },
        tls,
      }),
      chain(make({ ...table(mark), name: 'marker' }), {
        name: 'marker',
        match: { transport: 'tls', serverNames: [MARKER] },
        tls: { ...tls, clientCertificate: { mode: 'none' } },
      }),
    ]
    return proxy(
      'gateway/test/pair',
      [listener(ports.plain, [chain(handler('plain', {}))]), listener(ports.tls, chains)],
      [
        ...this.#backends.map(({ port }, index) => cluster(`app-${index}`, [endpoint(port)])),
        cluster('none', []),
      ],
    )
  }

  /** The answer of one engine. */
  ask(asked: Asked, engine: EngineName): Promise<Answer> {
    const port = this.#ports[engine][asked.tls ? 'tls' : 'plain']
    const client = asked.client && this.#clients[asked.client]
    return new Promise((resolve) => {
      const refused = () => resolve({ refused: true })
      const socket = asked.tls
        ? connectTls({
            host: '127.0.0.1',
            port,
            rejectUnauthorized: false,
            ...(asked.sni === '' ? {} : { servername: asked.sni }),
            ...(client ? { cert: client.chain, key: client.key } : {}),
          })
        : connectPlain({ host: '127.0.0.1', port })
      socket.on('error', refused)
      const headers = ['host', asked.host, ...asked.headers.flat()]
      if (asked.body > 0) headers.push('content-length', String(asked.body))
      const call = httpRequest({
        createConnection: () => socket,
        setHost: false,
        method: asked.method,
        path: asked.path,
        headers: headers as never,
      })
      call.setTimeout(10_000, () => call.destroy())
      call.on('error', refused)
      call.on('response', (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('error', refused)
        response.on('end', () => {
          socket.destroy()
          resolve(answerOf(response.statusCode ?? 0, reasonFlag(steady(response.headers)), text))
        })
      })
      call.end(asked.body > 0 ? 'x'.repeat(asked.body) : undefined)
    })
  }
}

function answerOf(status: number, headers: Readonly<Record<string, string>>, body: string): Answer {
  if (!body.startsWith('{"name":"app-')) return { status, headers, body }
  return { status, headers, upstream: JSON.parse(body) as Readonly<Record<string, unknown>> }
}
