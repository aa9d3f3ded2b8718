// The requests of every case that has some, through the Node engine on loopback.
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNodeEngine } from '../src/engines/node/index.ts'
import { caseFolders } from './support/golden.ts'
import { readRequests } from './support/requests.ts'
import { type RunningCase, runCase } from './support/run-requests.ts'

const root = dirname(fileURLToPath(import.meta.url))
const cases = await Promise.all(
  (await caseFolders(root)).map(async (folder) => ({ folder, requests: await readRequests(folder) })),
)

for (const { folder, requests } of cases.filter((one) => one.requests.length > 0)) {
  describe(`${relative(root, folder)} on the Node engine`, () => {
    let running: RunningCase
    beforeAll(async () => {
      running = await runCase(folder, createNodeEngine)
    })
    afterAll(() => running?.close())
    it.each(requests)('$name', async (request) => {
      expect(await running.send(request)).toEqual([])
    })
  })
}
