// Properties of the model's way to a worker: what arrives is equal, and what did not change is the same object.
import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Model } from '../../../ir/proxy.ts'
import { ModelDecoder } from './model-decoder.ts'
import { type EncodedModel, ModelEncoder } from './model-encoder.ts'

const crossed = (message: EncodedModel): EncodedModel => deserialize(serialize(message)) as EncodedModel

/** Any tree does: the codec knows nothing of the model's shape. */
const part = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.string(), fc.integer(), fc.constant(undefined), tie('object')),
  object: fc.oneof(
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), tie('value'), { maxKeys: 4 }),
  ),
})).object as fc.Arbitrary<object>

const modelOf = (proxies: readonly object[]): Model => ({ proxies }) as unknown as Model

describe('a model on its way to a worker', () => {
  it('arrives equal, its unchanged parts as the same objects, at old and new workers alike', () => {
    const steps = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 6 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.array(part, { minLength: 8, maxLength: 8 }), steps, fc.nat(), (pool, models, joins) => {
        const encoder = new ModelEncoder()
        const old = new ModelDecoder()
        let newcomer: ModelDecoder | undefined
        const arrived = new Map<object, object>()
        for (const [index, picks] of models.entries()) {
          const model = modelOf(picks.map((pick) => pool[pick] as object))
          const message = encoder.delta(model)
          const got = old.decode(crossed(message))
          expect(got).toEqual(model)
          if (newcomer !== undefined) expect(newcomer.decode(crossed(message))).toEqual(model)
          const now = new Map<object, object>()
          for (const [at, source] of model.proxies.entries()) {
            const copy = got.proxies[at] as object
            if (arrived.has(source)) expect(copy).toBe(arrived.get(source))
            now.set(source, copy)
          }
          arrived.clear()
          for (const [source, copy] of now) arrived.set(source, copy)
          if (index === joins % models.length) {
            newcomer = new ModelDecoder()
            expect(newcomer.decode(crossed(encoder.whole() as EncodedModel))).toEqual(model)
          }
        }
      }),
    )
  })

  it('costs what changed', () => {
    const encoder = new ModelEncoder()
    const proxies = Array.from({ length: 1000 }, (_, index) => ({ id: String(index), routes: [{ index }] }))
    expect(encoder.delta(modelOf(proxies)).ids).toHaveLength(1 + 1 + 1000 * 3)
    const changed = proxies.map((one, index) => (index === 7 ? { id: '7', routes: [] } : one))
    // The model, its list, the proxy, its routes.
    expect(encoder.delta(modelOf(changed)).ids).toHaveLength(4)
  })

  it('is forgotten piece by piece, so that a thousand changes hold no more than the last', () => {
    const encoder = new ModelEncoder()
    const decoder = new ModelDecoder()
    const parts = (turn: number): object[] => Array.from({ length: 100 }, (_, index) => ({ turn, index }))
    for (let turn = 0; turn < 1000; turn++) decoder.decode(crossed(encoder.delta(modelOf(parts(turn)))))
    const held = (decoder as unknown as { objects: Map<number, object> }).objects.size
    expect(held).toBeLessThan(10_000)
  })

  it('names nothing that a newcomer was not told, even when it comes back', () => {
    const encoder = new ModelEncoder()
    const [a, b] = [{ id: 'a' }, { id: 'b' }]
    encoder.delta(modelOf([a]))
    encoder.delta(modelOf([b]))
    const newcomer = new ModelDecoder()
    newcomer.decode(crossed(encoder.whole() as EncodedModel))
    expect(newcomer.decode(crossed(encoder.delta(modelOf([a, b]))))).toEqual(modelOf([a, b]))
  })
})
