// Random models and random requests through both engines: they answer alike. AGREEMENT_REQUESTS sets how many; `npm run outside:agreement` sends 10,000.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { EnginePair } from './testing/pair.ts'
import { scenario } from './testing/scenario.ts'

const PER_MODEL = 20
const FEW = 400
const requests = Number(process.env['AGREEMENT_REQUESTS'] ?? FEW)

describe.skipIf(!envoyBinary)(`both engines ${needsEnvoy}`, () => {
  let pair: EnginePair
  beforeAll(async () => {
    pair = await EnginePair.start()
  })
  afterAll(() => pair?.close())

  it(
    `answer ${requests} random requests to random models alike`,
    async () => {
      // The few of every test run are always the same; a long run draws its own, and prints the seed of what it finds.
      const asked = process.env['AGREEMENT_SEED']
      const seed = asked ?? (requests === FEW ? '1' : undefined)
      await fc.assert(
        fc.asyncProperty(scenario(PER_MODEL), async (one) => {
          expect(await pair.compare(one)).toEqual([])
        }),
        {
          // Shrinking sends thousands of requests: only for whoever asks for one seed.
          endOnFailure: asked === undefined,
          numRuns: Math.ceil(requests / PER_MODEL),
          ...(seed === undefined ? {} : { seed: Number(seed) }),
          interruptAfterTimeLimit: 30 * 60_000,
        },
      )
    },
    35 * 60_000,
  )
})
