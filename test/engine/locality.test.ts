// Where requests go when endpoints have places: priorities, weights of localities, retries elsewhere, hashes. The same on both engines.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Engine, EngineOptions } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { Cluster, Endpoint } from '../../src/ir/cluster.ts'
import type { Forward } from '../../src/ir/route.ts'
import { envoyBinary } from '../envoy/testing/binary.ts'
import { realEnvoy } from '../envoy/testing/engine.ts'
import { type Backend, backend } from './testing/backend.ts'
import { TestBlobs } from './testing/certificates.ts'
import { ask } from './testing/client.ts'
import {
  chain,
  cluster,
  endpoint,
  forward,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from './testing/model.ts'

const engines: readonly (readonly [string, (options: EngineOptions) => Engine | Promise<Engine>])[] = [
  ['node', createNodeEngine],
  ...(envoyBinary === undefined ? [] : [['envoy', (options: EngineOptions) => realEnvoy(options)] as const]),
]

interface Program extends Backend {
  /** It answers 503 while `down` is true. */
  readonly state: { down: boolean }
}

async function program(name: string): Promise<Program> {
  const state = { down: false }
  const made = await backend((_seen, response) => {
    response.statusCode = state.down ? 503 : 200
    response.end(name)
  })
  return { ...made, state }
}

describe.each(engines)('on %s', (_name, make) => {
  /** A gateway over one cluster. `names`: who answered each of so many requests. */
  async function serve(rest: Partial<Forward> = {}) {
    const port = await freePort()
    const engine = await make({
      locate: (host, wanted) => ({ host, port: wanted }),
      accessLog: () => undefined,
      report: () => undefined,
    })
    onTestFinished(() => engine.close({ drainMs: 0 }))
    const blobs = new TestBlobs()
    let version = 0
    const handler = manager(table(virtualHost(['*'], [route(forward('app', rest))])))
    const listeners = [listener(port, [chain(handler)])]
    const name = async (localAddress = '127.0.0.1'): Promise<string> => {
      const { status, body } = await ask({ port, localAddress })
      return status === 200 ? body : String(status)
    }
    return {
      name,
      use: async (endpoints: readonly Endpoint[], more: Partial<Cluster> = {}) => {
        const model = { proxies: [proxy('gw', listeners, [cluster('app', endpoints, more)])] }
        expect((await engine.apply({ version: ++version, model, blobs })).rejected).toEqual([])
      },
      shares: async (many: number): Promise<Record<string, number>> => {
        const counts: Record<string, number> = {}
        for (let sent = 0; sent < many; sent += 20) {
          for (const one of await Promise.all(Array.from({ length: 20 }, () => name())))
            counts[one] = (counts[one] ?? 0) + 100 / many
        }
        return counts
      },
      /** Resolves when a request is answered so. */
      until: async (wanted: string): Promise<void> => {
        while ((await name()) !== wanted) await new Promise((resolve) => setTimeout(resolve, 10))
      },
    }
  }

  test('requests leave an endpoint that fails for the next priority, and come back', async () => {
    const [near, far] = [await program('near'), await program('far')]
    const { use, until, shares } = await serve()
    const outlier = { consecutive5xx: 1, intervalMs: 50, baseEjectionMs: 300, maxEjectionPercent: 100 }
    await use([endpoint(near.port), endpoint(far.port, { priority: 1 })], { outlier })
    await until('near')
    expect(await shares(20)).toEqual({ near: expect.closeTo(100) })
    near.state.down = true
    await until('far')
    near.state.down = false
    await until('near')
  })

  test('a priority whose endpoints are gone is left at once, and so is one that is ill by half', async () => {
    const names = ['a', 'b', 'c', 'd', 'far']
    const [a, b, c, d, far] = (await Promise.all(names.map(program))) as [
      Program,
      Program,
      Program,
      Program,
      Program,
    ]
    const { use, until, shares } = await serve()
    const remote = endpoint(far.port, { priority: 1 })
    const local = [a, b, c, d].map(({ port }) => endpoint(port))
    await use([...local, remote])
    await until('a')
    expect((await shares(60))['far']).toBeUndefined()
    await use([...local.map((one, index) => ({ ...one, healthy: index < 2 })), remote])
    await until('far')
    const half = await shares(400)
    // 2 of 4 times 140 % are 70 %.
    expect(half['far']).toBeGreaterThan(15)
    expect(half['far']).toBeLessThan(45)
    expect([half['c'], half['d']]).toEqual([undefined, undefined])
    await use([endpoint(far.port)])
    await until('far')
    await use([...local, remote])
    await until('a')
  })

  test('localities share requests by their weights', async () => {
    const [one, two, three] = [await program('one'), await program('two'), await program('three')]
    const { use, until, shares } = await serve()
    const a = { locality: { region: 'r', zone: 'a' } }
    const b = { locality: { region: 'r', zone: 'b', subzone: 's' } }
    await use([endpoint(one.port, a), endpoint(two.port, b), endpoint(three.port, b)], {
      localityWeights: [
        { ...a, weight: 80 },
        { ...b, weight: 20 },
      ],
    })
    await until('one')
    const found = await shares(400)
    expect(found['one']).toBeGreaterThan(65)
    expect(found['one']).toBeLessThan(95)
    expect(found['two']).toBeGreaterThan(1)
    expect(found['three']).toBeGreaterThan(1)
  })

  test.each([
    ['stay in their priority', {}, '503', 4, 0],
    ['go to another after two tries', { otherPriorities: true as const }, 'far', 2, 1],
  ])('retries %s', async (_what, more, answer, nearTries, farTries) => {
    const [near, far] = [await program('near'), await program('far')]
    const { use, name, until } = await serve({ retry: { attempts: 3, on: ['5xx'], backoffMs: 1, ...more } })
    await use([endpoint(near.port), endpoint(far.port, { priority: 1 })])
    await until('near')
    near.seen.length = 0
    near.state.down = true
    expect(await name()).toBe(answer)
    expect([near.seen.length, far.seen.length]).toEqual([nearTries, farTries])
  })

  test.each([
    ['may ask the same endpoint again', {}, true],
    ['look where the first went', { hostReselect: 5 }, false],
  ])('retries %s', async (_what, more, again) => {
    const programs = await Promise.all(['bad', 'good'].map(program))
    const [bad, good] = programs as [Program, Program]
    const { use, shares, until } = await serve({ retry: { attempts: 1, on: ['5xx'], backoffMs: 1, ...more } })
    await use([endpoint(bad.port), endpoint(good.port)], { balancing: { kind: 'random' } })
    await until('bad')
    bad.state.down = true
    // A quarter draws the bad one twice; Envoy, which draws again five times, hardly ever.
    const refused = (await shares(200))['503'] ?? 0
    expect(refused > 10).toBe(again)
    expect(good.seen.length).toBeGreaterThan(0)
  })

  test.each(['ring-hash', 'maglev'] as const)('a client address keeps its endpoint with %s', async (kind) => {
    const programs = await Promise.all(['a', 'b', 'c', 'd'].map(program))
    const endpoints = programs.map(({ port }) => endpoint(port))
    const { use, name } = await serve({ hash: [{ kind: 'source-ip' }] })
    const addresses = Array.from({ length: 120 }, (_, index) => `127.0.3.${index + 1}`)
    const owners = async (): Promise<readonly string[]> => {
      const found: string[] = []
      for (const address of addresses) found.push(await name(address))
      return found
    }
    await use(endpoints, { balancing: { kind } })
    while ((await name()) === '503') await new Promise((resolve) => setTimeout(resolve, 10))
    const before = await owners()
    expect(await owners()).toEqual(before)
    expect(new Set(before)).toEqual(new Set(['a', 'b', 'c', 'd']))
    await use(endpoints.slice(0, 3), { balancing: { kind } })
    const kept = addresses.filter((_, index) => before[index] !== 'd')
    const lost = addresses.findIndex((_, index) => before[index] === 'd')
    while ((await name(addresses[lost])) === 'd') await new Promise((resolve) => setTimeout(resolve, 10))
    const after = await owners()
    expect(after).not.toContain('d')
    // All that lost theirs move; of the others a few, for those that are left take more places on the table.
    const moved = kept.filter((address) => {
      const index = addresses.indexOf(address)
      return before[index] !== after[index]
    })
    expect(moved.length).toBeLessThan(kept.length / 2)
  })
})
