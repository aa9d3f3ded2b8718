// The worker's half of the model's way: puts the objects that it holds already in the place of their numbers.
import type { Model } from '../../../ir/proxy.ts'
import type { EncodedModel } from './model-encoder.ts'

export class ModelDecoder {
  private objects = new Map<number, object>()
  private readonly known = new WeakMap<object, number>()
  private readonly asksFor: (value: object) => boolean

  /** `asksFor`: the objects whose numbers will be asked for. */
  constructor(asksFor: (value: object) => boolean = () => false) {
    this.asksFor = asksFor
  }

  /** The number of an object, the same for all who were sent the same models. */
  numberOf(value: object): number | undefined {
    return this.known.get(value)
  }

  /** The object of a number; undefined when there is none any more. */
  find(id: number): object | undefined {
    return this.objects.get(id)
  }

  /** The model; parts that did not change since the last one are the same objects. Messages must come in the order in which they were made. */
  decode({ graph, ids, kept }: EncodedModel): Model {
    let at = 0
    const visit = (value: unknown): unknown => {
      if (typeof value === 'bigint') return this.object(Number(value))
      if (typeof value !== 'object' || value === null) return value
      const id = ids[at++] as number
      this.objects.set(id, value)
      if (this.asksFor(value)) this.known.set(value, id)
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
