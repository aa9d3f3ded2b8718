// An engine with what it logged and reported, closed at the end of the test.
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts'
import type { BlobStore, Engine } from '../../../src/engines/engine.ts'
import {
  createNodeEngine,
  type NodeEngineOptions,
  type WorkersOptions,
} from '../../../src/engines/node/index.ts'
import type { Proxy } from '../../../src/ir/proxy.ts'
import { root } from '../../sallyport.ts'
import { TestBlobs } from './certificates.ts'

export interface TestEngine {
  readonly engine: Engine
  readonly log: { readonly proxy: string; readonly line: string }[]
  readonly reports: Diagnostic[]
  /** Applies proxies as the next version; returns what was rejected. */
  use(...proxies: readonly Proxy[]): Promise<readonly Diagnostic[]>
}

/** `workers`: in so many processes, instead of in this one, with other settings than the usual. */
export function testEngine(
  blobs: BlobStore = new TestBlobs(),
  options: Partial<NodeEngineOptions> = {},
  workers?: number,
  settings: Partial<WorkersOptions> = {},
): TestEngine {
  const log: TestEngine['log'] = []
  const reports: Diagnostic[] = []
  const engine = createNodeEngine(
    {
      locate: (host, port) => ({ host, port }),
      accessLog: (proxy, line) => log.push({ proxy, line }),
      report: (diagnostic) => reports.push(diagnostic),
      ...options,
    },
    workers === undefined
      ? undefined
      : { count: workers, entry: join(root, 'dist', 'worker.js'), ...settings },
  )
  let version = 0
  onTestFinished(() => engine.close())
  return {
    engine,
    log,
    reports,
    use: async (...proxies) =>
      (await engine.apply({ version: ++version, model: { proxies }, blobs })).rejected,
  }
}
