// Two engines as one: each gets the proxies of its kinds.
import type { Acknowledgement, Engine, EngineStatus, Update } from '../../engines/engine.ts'
import { mergeExpositions } from '../../engines/metrics/merge.ts'
import type { Model } from '../../ir/proxy.ts'
import type { EngineChoice, EngineKind } from './choice.ts'

export class MixedEngine implements Engine {
  readonly name = 'mixed'
  readonly #choice: EngineChoice
  readonly #engines: Readonly<Record<EngineKind, Engine>>

  constructor(choice: EngineChoice, engines: Readonly<Record<EngineKind, Engine>>) {
    this.#choice = choice
    this.#engines = engines
  }

  /** What one engine is slow at, or refuses, holds up nothing of the other. */
  async apply(update: Update): Promise<Acknowledgement> {
    const both = await Promise.all(
      (['node', 'envoy'] as const).map((kind) =>
        this.#engines[kind].apply({ ...update, model: this.#part(update.model, kind) }),
      ),
    )
    return { version: update.version, rejected: both.flatMap(({ rejected }) => rejected) }
  }

  status(): EngineStatus {
    const [node, envoy] = [this.#engines.node.status(), this.#engines.envoy.status()]
    return {
      ...node,
      version: Math.min(node.version, envoy.version),
      proxies: [...node.proxies, ...envoy.proxies].sort((a, b) => (a.id < b.id ? -1 : 1)),
    }
  }

  async metrics(): Promise<string> {
    const texts = await Promise.all(this.#all().map((engine) => engine.metrics()))
    return mergeExpositions(texts)
  }

  async restart(): Promise<void> {
    await Promise.all(this.#all().map((engine) => engine.restart?.()))
  }

  async close(options?: { readonly drainMs?: number }): Promise<void> {
    await Promise.all(this.#all().map((engine) => engine.close(options)))
  }

  #all(): readonly Engine[] {
    return [this.#engines.node, this.#engines.envoy]
  }

  #part(model: Model, engine: EngineKind): Model {
    return { proxies: model.proxies.filter(({ kind }) => this.#choice[kind] === engine) }
  }
}
