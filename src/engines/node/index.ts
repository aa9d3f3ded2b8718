// The Node engine: the proxies of a model as sockets, TLS and HTTP in this process.
import type { Engine } from '../engine.ts'
import type { NodeEngineOptions } from './options.ts'
import { NodeEngine } from './run/engine.ts'

export type { NodeEngineOptions } from './options.ts'

/** Makes an engine that holds nothing until `apply`; `close` lets go of every socket. */
export function createNodeEngine(options: NodeEngineOptions): Engine {
  return new NodeEngine(options)
}
