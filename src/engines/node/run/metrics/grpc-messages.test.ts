import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GrpcMessages } from './grpc-messages.ts'

const frame = (body: Uint8Array): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

test('counts messages wherever chunks are cut', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (messages, cuts) => {
      const stream = Buffer.concat(messages.map(frame))
      const counter = new GrpcMessages()
      for (let at = 0, cut = 0; at < stream.length; cut++) {
        const step = cuts[cut % cuts.length] as number
        counter.add(stream.subarray(at, at + step))
        at += step
      }
      expect(counter.count).toBe(messages.length)
    }),
  )
})

test('a message counts when its header is whole', () => {
  const counter = new GrpcMessages()
  counter.add(Buffer.from([0, 0, 0, 0]))
  expect(counter.count).toBe(0)
  counter.add(Buffer.from([2, 1]))
  expect(counter.count).toBe(1)
})
