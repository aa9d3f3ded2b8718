// The requests of every case that has some, through the Node engine on loopback; where a hop leads to another, over sockets and in memory.
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNodeEngine } from '../src/engines/node/index.ts'
import { caseFolders } from './support/golden.ts'
import { openCase } from './support/open-case.ts'
import { readRequests } from './support/requests.ts'
import { type RunningCase, runOpened } from './support/run-requests.ts'

const root = dirname(fileURLToPath(import.meta.url))
const cases = await Promise.all(
  (await caseFolders(root)).map(async (folder) => ({ folder, requests: await readRequests(folder) })),
)
let both = 0

for (const { folder, requests } of cases.filter((one) => one.requests.length > 0)) {
  describe(`${relative(root, folder)} on the Node engine`, () => {
    let wire: RunningCase
    let memory: RunningCase | undefined
    beforeAll(async () => {
      const opened = await openCase(folder, Date.now())
      wire = await runOpened(opened, createNodeEngine)
      if (!wire.chained) return
      both++
      memory = await runOpened(opened, (options) => createNodeEngine({ ...options, hops: 'memory' }))
    })
    afterAll(async () => {
      await wire?.close()
      await memory?.close()
    })
    it.each(requests)('$name', async (request) => {
      expect(await wire.send(request)).toEqual([])
      if (memory === undefined) return
      // The first goes over a socket, where both sides verify each other; the second is handed over.
      for (const _time of ['verified', 'handed over']) {
        expect(await memory.send(request)).toEqual([])
        expect(memory.record()).toEqual(wire.record())
      }
    })
  })
}

it('ran chains of hops in both settings', () => expect(both).toBeGreaterThan(6))
