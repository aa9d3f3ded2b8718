// The worker's half of the model's way: puts the objects that it holds already in the place of their numbers.
import type { Model } from '../../../ir/proxy.ts'
import type { EncodedModel } from './model-encoder.ts'

export class ModelDecoder {
  private objects = new Map<number, object>()

  /** The model; parts that did not change since the last one are the same objects. Messages must come in the order in which they were made. */
  decode({ graph, ids, kept }: EncodedModel): Model {
    let at = 0
    const visit = (value: unknown): unknown => {
      if (typeof value === 'bigint') return this.object(Number(value))
      if (typeof value !== 'object' || value === null) return value
      this.objects.set(ids[at++] as number, value)
      const holder = value as Record<string, unknown>
      for (const key of Object.keys(holder)) holder[key] = visit(holder[key])
      return value
    }
    const model = visit(graph) as Model
    if (kept !== undefined) this.objects = new Map([...kept].map((id) => [id, this.object(id)]))
    return model
  }

  private object(id: number): object {
    const found = this.objects.get(id)
    if (found === undefined) throw new Error(`the model names object ${id}, which was never sent`)
    return found
  }
}
