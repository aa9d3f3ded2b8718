// Random requests over the article's case: what a trace predicts is what the Node engine does.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNodeEngine } from '../src/engines/node/index.ts'
import { openTracer } from './support/predict.ts'
import type { CaseRequest, Expectation } from './support/requests.ts'
import { type RunningCase, runCase } from './support/run-requests.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'article/chain')

const hosts = [
  'httpbin.mycluster-0000.example',
  'mycluster-0001.example',
  'MYCLUSTER-0001.example',
  'mycluster-0000.example',
  'nobody.example',
]
const targets = ['alb', 'gateway', 'pod httptools/httpbin-0']

const requests = fc.record({
  to: fc.constantFrom(...targets),
  scheme: fc.constantFrom('http', 'https'),
  urlHost: fc.constantFrom(...hosts),
  path: fc.constantFrom(
    '/',
    '/get',
    '/status',
    '/status/204',
    '/status/418?x=1',
    '/statusx',
    '/STATUS/200',
    '/a/../status/201',
    '//status/200',
    '/%73tatus/200',
    '/status/%2e%2e/get',
    '/status/%zz',
  ),
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  host: fc.option(fc.constantFrom(...hosts, 'httpbin.mycluster-0000.example:443'), { nil: undefined }),
  sni: fc.option(fc.constantFrom(...hosts, ''), { nil: undefined }),
  client: fc.option(
    fc.constantFrom('alb', 'other', 'mesh istio-system/istio-ingressgateway-service-account'),
    { nil: undefined },
  ),
})

type Random = typeof requests extends fc.Arbitrary<infer T> ? T : never

const written = ({
  to,
  scheme,
  urlHost,
  path,
  method,
  host,
  sni,
  client,
}: Random): Omit<CaseRequest, 'expect'> => ({
  name: 'random',
  to,
  url: `${scheme}://${urlHost}${to.startsWith('pod') ? ':80' : to === 'gateway' ? ':443' : ''}${path}`,
  method,
  ...(host === undefined ? {} : { headers: { host } }),
  ...(sni === undefined ? {} : { sni }),
  ...(client === undefined ? {} : { client }),
})

describe('a trace', () => {
  let running: RunningCase
  beforeAll(async () => {
    running = await runCase(folder, createNodeEngine)
  })
  afterAll(() => running?.close())

  it('predicts status, refusal, endpoint and path', async () => {
    const tracer = await openTracer(folder, Date.now())
    const property = async (random: Random): Promise<void> => {
      const request = written(random)
      const { outcome } = tracer.trace({ ...request, expect: {} })
      const shut = outcome.status === undefined && outcome.kind !== 'upstream'
      const target = outcome.delivered?.target ?? ''
      const expected: Expectation = shut
        ? { connection: 'refused' }
        : {
            status: outcome.status ?? Number(/^\/status\/(\d{3})/.exec(target)?.[1] ?? 200),
            ...(outcome.delivered
              ? { upstream: { path: target, ...(outcome.endpoint ? { address: outcome.endpoint } : {}) } }
              : {}),
          }
      const bodiless = /^\/status\/(204|304)/.test(target)
      const { upstream: _, ...withoutBody } = expected
      const found = await running.send({ ...request, expect: bodiless ? withoutBody : expected })
      expect(found, outcome.summary).toEqual([])
    }
    await fc.assert(fc.asyncProperty(requests, property), { numRuns: Number(process.env['RUNS'] ?? 150) })
  }, 120_000)
})
