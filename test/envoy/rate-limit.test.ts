// Rate limits on both engines: one bucket for all, or one for each value of a header, at the manager and at a route.
import { afterEach, describe, expect, it } from 'vitest'
import type { Engine, EngineOptions } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { Filter } from '../../src/ir/filter.ts'
import type { Route } from '../../src/ir/route.ts'
import { TestBlobs } from '../engine/testing/certificates.ts'
import { ask } from '../engine/testing/client.ts'
import {
  chain,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../engine/testing/model.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { realEnvoy } from './testing/engine.ts'

const open: Engine[] = []
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close({ drainMs: 0 })
})

const limit = (keyHeader?: string): Filter => ({
  kind: 'rate-limit',
  config: {
    tokens: 1,
    intervalMs: 3_600_000,
    burst: 1,
    status: 429,
    ...(keyHeader === undefined ? {} : { keyHeader }),
  },
  origin: {},
})
const answers: Route['action'] = { kind: 'direct-response', status: 200, body: 'ok' }

const engines: readonly (readonly [
  name: string,
  make: (options: EngineOptions) => Engine | Promise<Engine>,
  there: boolean,
])[] = [
  ['the Node engine', createNodeEngine, true],
  [`Envoy ${needsEnvoy}`, realEnvoy, envoyBinary !== undefined],
]

describe.each(engines)('rate limits on %s', (_, make, there) => {
  const serve = async (own: readonly Filter[], ofRoute: readonly Filter[]) => {
    const port = await freePort()
    const engine = await make({
      locate: (host, wanted) => ({ host, port: wanted }),
      accessLog: () => undefined,
      report: () => undefined,
    })
    open.push(engine)
    const handler = manager(table(virtualHost(['*'], [route(answers, { filters: ofRoute })])), {
      filters: own,
    })
    const model = { proxies: [proxy('gateway', [listener(port, [chain(handler)])], [])] }
    const { rejected } = await engine.apply({ version: 1, model, blobs: new TestBlobs() })
    expect(rejected).toEqual([])
    return async (headers: Readonly<Record<string, string>> = {}) => (await ask({ port, headers })).status
  }
  const several = async (send: () => Promise<number>): Promise<readonly number[]> => {
    const statuses: number[] = []
    for (let i = 0; i < 3; i++) statuses.push(await send())
    return statuses
  }

  it.runIf(there)('take the tokens of an interval and the burst', async () => {
    expect(await several(await serve([limit()], []))).toEqual([200, 200, 429])
    expect(await several(await serve([], [limit()]))).toEqual([200, 200, 429])
  })

  it.runIf(there)('are counted for each value of a header, and for requests without it', async () => {
    for (const send of [await serve([limit('x-user')], []), await serve([], [limit('x-user')])]) {
      for (const user of ['a', 'b', 'c'])
        expect(await several(() => send({ 'x-user': user }))).toEqual([200, 200, 429])
      expect(await several(() => send())).toEqual([200, 200, 429])
    }
  })
})
