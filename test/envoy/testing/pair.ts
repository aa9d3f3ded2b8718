// The same scenario on both engines: what each answers to each request, and where they differ.
import type { Engine, EngineOptions } from '../../../src/engines/engine.ts'
import { createNodeEngine } from '../../../src/engines/node/index.ts'
import type { CertificateFacts } from '../../../src/ir/certificate.ts'
import type { Model } from '../../../src/ir/proxy.ts'
import { facts } from '../../engine/testing/certificates.ts'
import { freePort } from '../../engine/testing/model.ts'
import { type Answer, answerOf, asAlb } from './answer.ts'
import { type Received, send } from './client.ts'
import { asksAgain, comparable } from './comparable.ts'
import type { Asked } from './draw-request.ts'
import { envoyLog, realEnvoy } from './engine.ts'
import { freshMoment, type LogLine, LogLines } from './log-lines.ts'
import { MARKER, PairModel, type Ports } from './pair-model.ts'
import { type Program, program, type Seen } from './programs.ts'
import type { Scenario } from './scenario.ts'

export type { Answer } from './answer.ts'
export { comparable } from './comparable.ts'

export type EngineName = 'node' | 'envoy'

export interface Disagreement {
  readonly request: Asked
  readonly node: Answer
  readonly envoy: Answer
}

/** A request that was answered; what the log says of it may still come. */
interface Asking {
  readonly mark: string
  readonly received: Received
  readonly line: Promise<LogLine | undefined>
}

export class EnginePair {
  readonly #engines: Readonly<Partial<Record<EngineName, Engine>>>
  readonly #ports: Readonly<Record<EngineName, Ports>>
  readonly #programs: Readonly<Record<string, Program>>
  readonly #lines: Readonly<Record<EngineName, LogLines>>
  readonly #models: PairModel
  #version = 0
  #marks = 0

  private constructor(parts: {
    readonly engines: Readonly<Partial<Record<EngineName, Engine>>>
    readonly ports: Readonly<Record<EngineName, Ports>>
    readonly programs: Readonly<Record<string, Program>>
    readonly lines: Readonly<Record<EngineName, LogLines>>
    readonly models: PairModel
  }) {
    this.#engines = parts.engines
    this.#lines = parts.lines
    this.#ports = parts.ports
    this.#programs = parts.programs
    this.#models = parts.models
  }

  /** Both engines, or one alone. */
  static async start(names: readonly EngineName[] = ['node', 'envoy']): Promise<EnginePair> {
    const lines = { node: new LogLines(), envoy: new LogLines() }
    const options = (name: EngineName): EngineOptions => ({
      locate: (host, port) => ({ host, port }),
      accessLog: (_, line) => lines[name].put(line),
      report: (diagnostic) => {
        if (name === 'node') throw new Error(diagnostic.message)
      },
    })
    const two = async () => ({ plain: await freePort(), tls: await freePort() })
    const models = new PairModel()
    const { chain: cert, key } = models.program
    const programs = {
      'app-0': await program('app-0', 'http1'),
      'app-1': await program('app-1', 'http1'),
      h2: await program('h2', 'h2', { cert, key }),
      h2c: await program('h2c', 'h2c'),
      mirror: await program('mirror', 'http1'),
    }
    models.endpoints = {
      ...Object.fromEntries(Object.entries(programs).map(([name, { port }]) => [name, port])),
      dead: await freePort(),
    }
    return new EnginePair({
      engines: {
        ...(names.includes('node') ? { node: createNodeEngine(options('node')) } : {}),
        ...(names.includes('envoy') ? { envoy: await realEnvoy(options('envoy')) } : {}),
      },
      lines,
      ports: { node: await two(), envoy: await two() },
      programs,
      models,
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#engines.node?.close(), this.#engines.envoy?.close()])
    for (const one of Object.values(this.#programs)) one.close()
  }

  /** Requests of the scenario to which the engines answer differently; throws when an engine takes not all of the model. */
  async compare(scenario: Scenario): Promise<readonly Disagreement[]> {
    await this.use(scenario)
    const asked: { request: Asked; node: Asking; envoy: Asking }[] = []
    for (const request of scenario.requests.filter((one) => comparable(one, scenario))) {
      const [node, envoy] = await Promise.all([this.#ask(request, 'node'), this.#ask(request, 'envoy')])
      asked.push({ request, node, envoy })
    }
    const found: Disagreement[] = []
    for (const { request, node: one, envoy: other } of asked) {
      if (asksAgain(request, this.#seen(one))) continue
      await this.#copies(one, other)
      const { profile } = scenario.manager
      const [node, envoy] = (await Promise.all([this.#answer(one), this.#answer(other)])).map((answer) =>
        profile === 'alb' ? asAlb(answer) : answer,
      ) as [Answer, Answer]
      if (JSON.stringify(node) !== JSON.stringify(envoy)) found.push({ request, node, envoy })
    }
    return found
  }

  /** Puts the scenario's model in force; throws when an engine takes not all of it. */
  async use(scenario: Scenario): Promise<void> {
    this.#version += 1
    for (const one of Object.values(this.#lines)) one.forget()
    for (const one of Object.values(this.#programs)) one.seen.clear()
    for (const [name, engine] of Object.entries(this.#engines)) {
      const model = this.model(scenario, name as EngineName)
      const { rejected = [] } = await engine.apply({
        version: this.#version,
        model,
        blobs: this.#models.blobs,
      })
      if (rejected.length > 0)
        throw new Error(`${name}: ${rejected.map(({ message }) => message).join('; ')}`)
    }
    if (this.#engines.envoy !== undefined) await this.#inForce(this.#version)
  }

  /** What `use` put in force. */
  model(scenario: Scenario, engine: EngineName): Model {
    return { proxies: [this.#models.proxy(scenario, this.#ports[engine], String(this.#version))] }
  }

  /** The door for a request: its port, and the certificates that the client presents. */
  door(
    asked: Asked,
    engine: EngineName,
  ): { readonly port: number; readonly client: readonly CertificateFacts[] } {
    const port = this.#ports[engine][asked.tls ? 'tls' : 'plain']
    const client = this.#models.client(asked)
    return { port, client: client ? facts(client.chain) : [] }
  }

  /** One engine's answer, with what the programs saw and what the log says of it. */
  async ask(asked: Asked, engine: EngineName): Promise<Answer> {
    return this.#answer(await this.#ask(asked, engine))
  }

  async #ask(asked: Asked, engine: EngineName): Promise<Asking> {
    this.#marks += 1
    const mark = `${engine}-${this.#marks}`
    const line = this.#lines[engine].expect(await freshMoment())
    return { mark, received: await this.#send(asked, engine, mark), line }
  }

  /** Logs are written after a while: this waits for the line, so that requests need not. */
  async #answer({ mark, received, line }: Asking): Promise<Answer> {
    return answerOf(
      received,
      this.#seen({ mark }),
      this.#programs['mirror']?.seen.get(mark),
      received.refused ? undefined : await line,
    )
  }

  /** What the program that the request reached wrote down. */
  #seen({ mark }: Pick<Asking, 'mark'>): Seen | undefined {
    return Object.entries(this.#programs).flatMap(([name, one]) =>
      name === 'mirror' ? [] : (one.seen.get(mark) ?? []),
    )[0]
  }

  /** Copies of a request come when they come: where one engine has sent one, the other is given time. */
  async #copies(...both: readonly Asking[]): Promise<void> {
    const seen = this.#programs['mirror']?.seen
    const until = performance.now() + 2_000
    for (;;) {
      const came = both.filter(({ mark }) => seen?.has(mark)).length
      if (came === 0 || came === both.length || performance.now() > until) return
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  #send(asked: Asked, engine: EngineName, mark: string): Promise<Received> {
    const port = this.#ports[engine][asked.tls ? 'tls' : 'plain']
    return send(asked, { port, client: this.#models.client(asked), mark })
  }

  /** An Envoy judges an update a moment before its workers have it. */
  async #inForce(version: number): Promise<void> {
    const marker: Asked = {
      ...{ tls: false, protocol: 'http1', sni: MARKER, method: 'GET', host: MARKER, path: '/' },
      ...{ headers: [], body: 0 },
    }
    const until = performance.now() + 20_000
    for (const tls of [false, true])
      for (;;) {
        if (performance.now() > until)
          throw new Error(`Envoy does not serve: ${envoyLog.slice(-5).join(' ')}`)
        const { body } = await this.#send({ ...marker, tls }, 'envoy', '')
        if (body === String(version)) break
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
  }
}
