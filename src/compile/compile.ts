// The one step between objects and model: snapshot in; proxies, status and diagnostics out. Pure: the same snapshot gives the same result, whatever came before.
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts'
import type { Snapshot } from '../resources/snapshot.ts'
import { findings } from './findings.ts'
import { createGraph, type Graph } from './graph/graph.ts'
import { validityQuery } from './graph/inputs.ts'
import { query } from './graph/query.ts'
import { allProxies } from './proxies.ts'
import type { CompileResult } from './result.ts'
import { statusUpdates } from './status.ts'
import { errorText } from './text.ts'

export interface Compiler {
  /** Never throws for anything an object may hold; parts that did not change since the last call are the same objects. */
  compile(snapshot: Snapshot): CompileResult
  /** How often each step ran since creation, by name: what a change has cost. */
  runs(): ReadonlyMap<string, number>
}

const result = query<Omit<CompileResult, 'validUntil'>>('result', (read) => ({
  model: { proxies: read(allProxies, '').proxies },
  status: read(statusUpdates, ''),
  diagnostics: read(findings, ''),
}))

/** The next moment at which a certificate that was looked at begins or ends. */
function nextChange(graph: Graph, time: number): number | undefined {
  const moments = [...graph.keysOf(validityQuery)].flatMap((key) => {
    const [from = 0, to = 0] = key.split(' ').map(Number)
    return [from, to + 1]
  })
  const later = moments.filter((moment) => moment > time)
  return later.length === 0 ? undefined : later.reduce((a, b) => Math.min(a, b))
}

const EMPTY: CompileResult = { model: { proxies: [] }, status: [], diagnostics: [] }

/** Makes a compiler that remembers its last answer, so that the cost of the next one follows what changed. */
export function createCompiler(): Compiler {
  let graph = createGraph()
  let last = EMPTY
  return {
    runs: () => graph.runs,
    compile(snapshot) {
      try {
        graph.update(snapshot)
        const answer = graph.read(result, '')
        graph.sweep()
        const validUntil = nextChange(graph, snapshot.time)
        last = { ...answer, ...(validUntil === undefined ? {} : { validUntil }) }
        return last
      } catch (error) {
        // A fault of ours that no single object could be blamed for: the last good model stays, and memory of the failure does not.
        graph = createGraph()
        const finding: Diagnostic = diagnostic('SP0106', {}, `Compiling failed: ${errorText(error)}`)
        return { ...last, diagnostics: [...last.diagnostics, finding] }
      }
    },
  }
}
