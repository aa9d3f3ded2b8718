// A cluster is followed through the death of its API: nothing is lost, and nothing that did not change is another object.
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { watchCluster } from '../../src/sources/cluster/watch-cluster.ts'
import { buildStandalone, type Standalone, startStandalone } from './standalone-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'watch-cluster-'))
let running: Standalone | undefined
afterAll(async () => {
  await running?.end('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function post({ port, ca, cert, key }: Standalone, path: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      method: 'POST',
      ca,
      cert,
      key,
      headers,
      agent: false,
    })
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject)
    sent.end(JSON.stringify(body))
  })
}
const create = (server: Standalone, name: string) =>
  post(server, '/api/v1/namespaces/default/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
  })

it('follows a cluster whose API is killed and comes back', async () => {
  const program = await buildStandalone('watch-cluster')
  const start = () => startStandalone(program, join(folder, 'state.db'))
  let server = await start()
  running = server
  expect(await create(server, 'before')).toBe(201)

  const said: (string | undefined)[] = []
  const watch = await watchCluster({
    access: async () => {
      const { port, ca, cert, key } = server
      return { server: `https://127.0.0.1:${port}`, options: { ca, cert, key } }
    },
    changed: () => undefined,
    trouble: (message) => said.push(message),
  })
  try {
    const maps = () =>
      new Map(
        watch
          .resources()
          .filter(({ object }) => object.kind === 'ConfigMap')
          .map((one) => [one.object.metadata.name, one]),
      )
    const before = maps().get('before')
    expect(before).toBeDefined()
    expect(await create(server, 'live')).toBe(201)
    await expect.poll(() => [...maps().keys()]).toContain('live')

    await server.end('SIGKILL')
    await expect.poll(() => said.at(-1), { timeout: 20_000 }).toMatch(/ECONN|hang up|aborted/)
    expect(maps().get('before')).toBe(before)
    server = await start()
    running = server
    expect(await create(server, 'after')).toBe(201)
    await expect.poll(() => [...maps().keys()], { timeout: 60_000 }).toContain('after')
    expect(maps().get('before')).toBe(before)
    await expect.poll(() => said.at(-1), { timeout: 60_000 }).toBeUndefined()
  } finally {
    watch.close()
  }
}, 120_000)
