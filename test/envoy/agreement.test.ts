// Random models and random requests through both engines: they answer alike. `npm run outside:agreement` sends 10,000 of a seed that it draws;
// AGREEMENT_REQUESTS, AGREEMENT_SEED and AGREEMENT_PATH choose.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { EnginePair } from './testing/pair.ts'
import { report } from './testing/report.ts'
import { runOf } from './testing/run.ts'
import { type Scenario, scenario } from './testing/scenario.ts'

const PER_MODEL = 20
const run = runOf<[Scenario]>('AGREEMENT', PER_MODEL)

describe.skipIf(!envoyBinary)(`both engines ${needsEnvoy}`, () => {
  let pair: EnginePair
  beforeAll(async () => {
    pair = await EnginePair.start()
  })
  afterAll(() => pair?.close())

  it(
    `answer ${run.requests} random requests to random models alike (seed ${run.parameters.seed})`,
    () =>
      fc.assert(
        fc.asyncProperty(scenario(PER_MODEL), async (one) => {
          const found = await pair.compare(one)
          if (found.length > 0) throw new Error(found.map((each) => report(one, each)).join('\n\n'))
        }),
        run.parameters,
      ),
    run.timeoutMs,
  )
})
