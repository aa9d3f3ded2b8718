// The model on its way to workers: each object crosses once. What a worker has been told of before is named by a number, so that an update costs what
// changed and the worker's objects keep their identity, on which the engine memoises.
import type { Model } from '../../../ir/proxy.ts'

/** A model as it crosses. */
export interface EncodedModel {
  /** The model, with a bigint in the place of each object that the worker holds already (models hold none of their own). */
  readonly graph: unknown
  /** The numbers of the objects in `graph`, in the order in which they are met (depth first). */
  readonly ids: Uint32Array
  /** When present: every other number will not be named again. */
  readonly kept?: Uint32Array
}

/** Below this many numbers nothing is forgotten. */
const WORTHWHILE = 4096

export class ModelEncoder {
  private numbers = new WeakMap<object, number>()
  private next = 0
  private model: Model | undefined
  /** Numbers that may be named: those in use at the last sweep and those given since. */
  private outstanding = 0
  private inUse = 0
  /** Workers may hold what was forgotten here. */
  private owing = false

  /** The next model, for workers that were sent all before it. */
  delta(model: Model): EncodedModel {
    this.model = model
    const ids: number[] = []
    const graph = this.encode(model, ids, undefined)
    this.outstanding += ids.length
    // A sweep looks at the whole model, so it waits until as much has been given out as there is.
    const sweeps = this.owing || this.outstanding > 2 * this.inUse + WORTHWHILE
    this.owing = false
    return { graph, ids: Uint32Array.from(ids), ...(sweeps ? { kept: this.sweep() } : {}) }
  }

  /** The last model, for a worker that was sent nothing yet; undefined when there is none. */
  whole(): EncodedModel | undefined {
    const { model } = this
    if (model === undefined) return undefined
    // What is in older models only, the new worker will not know.
    this.sweep()
    this.owing = true
    const ids: number[] = []
    const graph = this.encode(model, ids, new Set())
    return { graph, ids: Uint32Array.from(ids) }
  }

  /** `met`: the objects that this message holds, when it is for somebody who knows nothing else. */
  private encode(value: unknown, ids: number[], met: Set<object> | undefined): unknown {
    if (typeof value !== 'object' || value === null) return value
    let id = this.numbers.get(value)
    if (id !== undefined && met?.has(value) !== false) return BigInt(id)
    if (id === undefined) {
      id = this.next++
      this.numbers.set(value, id)
    }
    met?.add(value)
    ids.push(id)
    if (Array.isArray(value)) return value.map((item) => this.encode(item, ids, met))
    const copy: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) copy[key] = this.encode(item, ids, met)
    return copy
  }

  /** Forgets the numbers of what is not in the model; returns those that are left. */
  private sweep(): Uint32Array {
    const numbers = new WeakMap<object, number>()
    const kept: number[] = []
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || numbers.has(value)) return
      const id = this.numbers.get(value) as number
      numbers.set(value, id)
      kept.push(id)
      for (const item of Object.values(value)) visit(item)
    }
    visit(this.model)
    this.numbers = numbers
    this.outstanding = kept.length
    this.inUse = kept.length
    return Uint32Array.from(kept)
  }
}
