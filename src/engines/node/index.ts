// The Node engine: the proxies of a model as sockets, TLS and HTTP, in this process or in several.
import type { Engine } from '../engine.ts'
import type { NodeEngineOptions, WorkersOptions } from './options.ts'
import { NodeEngine } from './run/engine.ts'
import { WorkersEngine } from './workers/workers-engine.ts'

export type { NodeEngineOptions, WorkersOptions } from './options.ts'

/** Makes an engine that holds nothing until `apply` (but its workers, if there are to be any); `close` lets go of every socket and process. */
export function createNodeEngine(options: NodeEngineOptions, workers?: WorkersOptions): Engine {
  return workers === undefined ? new NodeEngine(options) : new WorkersEngine(options, workers)
}
