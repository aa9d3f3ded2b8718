// The requests of every case that has some, through real Envoys: the same expectations as on the Node engine.
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { caseFolders } from '../../cases/support/golden.ts'
import { readRequests } from '../../cases/support/requests.ts'
import { type RunningCase, runCase } from '../../cases/support/run-requests.ts'
import { root } from '../sallyport.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { realEnvoy } from './testing/engine.ts'

const folder = join(root, 'cases')
const cases = await Promise.all(
  (await caseFolders(folder)).map(async (one) => ({ one, requests: await readRequests(one) })),
)

for (const { one, requests } of cases.filter((each) => each.requests.length > 0)) {
  describe.skipIf(!envoyBinary)(`${relative(folder, one)} on Envoy ${needsEnvoy}`, () => {
    let running: RunningCase
    beforeAll(async () => {
      running = await runCase(one, realEnvoy)
    })
    afterAll(() => running?.close())
    it.each(requests)('$name', async (request) => {
      expect(await running.send(request)).toEqual([])
    })
  })
}
