// The engine of this folder: takes models, hands each proxy its part.
import type { Acknowledgement, Engine, EngineStatus, Update } from '../../engine.ts'
import type { NodeEngineOptions } from '../options.ts'

export class NodeEngine implements Engine {
  readonly name = 'node'
  private version = 0
  private readonly options: NodeEngineOptions

  constructor(options: NodeEngineOptions) {
    this.options = options
  }

  async apply(update: Update): Promise<Acknowledgement> {
    this.version = update.version
    return { version: update.version, rejected: [] }
  }

  status(): EngineStatus {
    return { version: this.version, proxies: [] }
  }

  async metrics(): Promise<string> {
    return `# ${this.options.hops ?? 'wire'}\n`
  }

  async close(): Promise<void> {}
}
