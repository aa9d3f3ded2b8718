// Distributed tracing: the headers between hops and the spans of each, on the Node engine and, where the binary is there, the same on Envoy.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import type { Engine, EngineOptions } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { HttpManager } from '../../src/ir/listener.ts'
import type { Proxy } from '../../src/ir/proxy.ts'
import { TRACING_DEFAULTS, type Tracing } from '../../src/ir/tracing.ts'
import { collector, type Span } from '../collector.ts'
import { envoyBinary } from '../envoy/testing/binary.ts'
import { realEnvoy } from '../envoy/testing/engine.ts'
import { backend } from './testing/backend.ts'
import { TestBlobs } from './testing/certificates.ts'
import { type Answer, ask } from './testing/client.ts'
import {
  albManager,
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

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const HOST = 'httpbin.ns.svc.cluster.local'

/** ALB, gateway and sidecar without TLS, before a program that tells what it saw. */
async function hops(
  start: (options: EngineOptions) => Engine | Promise<Engine>,
  rest: Partial<Tracing> = {},
  traced = true,
) {
  const receiver = await collector()
  const app = await backend((seen, response) => {
    response.writeHead(seen.url === '/status/503' ? 503 : 200).end()
  })
  const [alb, gateway, sidecar] = [await freePort(), await freePort(), await freePort()]
  const reports: Diagnostic[] = []
  const engine = await start({
    locate: (host, port) => ({ host, port }),
    accessLog: () => {},
    report: (diagnostic) => reports.push(diagnostic),
  })
  onTestFinished(() => engine.close())
  const tracing = (side: Tracing['side'], service: string): Partial<HttpManager> => ({
    ...(traced ? { tracing: whole(side, service) } : {}),
  })
  const whole = (side: Tracing['side'], service: string): Tracing => ({
    side,
    samplePercent: 100,
    tags: [],
    maxPathLength: TRACING_DEFAULTS.maxPathLength,
    collector: {
      cluster: 'collector',
      host: 'otel.test:4318',
      path: '/v1/traces',
      timeoutMs: 5_000,
      headers: [['x-key', 'k']],
      service,
    },
    ...rest,
  })
  const hop = (
    id: string,
    kind: Proxy['kind'],
    port: number,
    handler: HttpManager,
    name: string,
    next: number,
  ): Proxy =>
    proxy(
      id,
      [listener(port, [chain(handler)])],
      [cluster('collector', [endpoint(receiver.port)]), cluster(name, [endpoint(next)])],
      { kind },
    )
  const routes = (name: string, path = '/') =>
    table(virtualHost(['*'], [route(forward(name), { match: { path: { kind: 'prefix', value: path } } })]))
  const inside = { clientAddress: { useRemoteAddress: false, trustedHops: 0 } }
  const proxies = [
    hop(
      'alb/public',
      'alb',
      alb,
      albManager(routes('gateway'), tracing('inbound', 'alb.kube-system')),
      'gateway',
      gateway,
    ),
    hop(
      'gateway/istio-system/gw',
      'gateway',
      gateway,
      manager(routes(`outbound|8000||${HOST}`, '/'), tracing('outbound', 'gw.istio-system')),
      `outbound|8000||${HOST}`,
      sidecar,
    ),
    hop(
      'sidecar/ns/httpbin',
      'sidecar',
      sidecar,
      manager(routes('inbound|80||'), { ...inside, ...tracing('inbound', 'httpbin.ns') }),
      'inbound|80||',
      app.port,
    ),
  ]
  const { rejected } = await engine.apply({ version: 1, model: { proxies }, blobs: new TestBlobs() })
  expect(rejected).toEqual([])
  return { receiver, app, engine, alb, gateway, sidecar, reports }
}

const onNode = (options: EngineOptions) => createNodeEngine(options)
const engines = [
  ['node', onNode],
  ['node, hops in memory', (options: EngineOptions) => createNodeEngine({ ...options, hops: 'memory' })],
  ...(envoyBinary === undefined
    ? []
    : ([['envoy', (options: EngineOptions) => realEnvoy(options)]] as const)),
] as const

/** Waits until the hop takes connections (an Envoy's listener opens a moment after it judged it). */
async function open(options: Parameters<typeof ask>[0]): Promise<Answer> {
  for (;;) {
    const answer = await ask(options).catch((error: NodeJS.ErrnoException) => error.code)
    if (typeof answer === 'object') return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const inService = (service: string) => (span: Span) => span.service === service
const ATTRIBUTES = [
  ...['component', 'downstream_cluster', 'guid:x-request-id', 'http.method', 'http.protocol'],
  ...['http.status_code', 'http.url', 'node_id', 'peer.address', 'request_size', 'response_flags'],
  ...['response_size', 'upstream_cluster', 'upstream_cluster.name', 'user_agent', 'zone'],
]

describe.each(engines)('on %s', (_name, start) => {
  test('one trace over three hops, each the parent of the next, the program told of the last', async () => {
    const { receiver, app, alb } = await hops(start)
    await open({
      port: alb,
      path: '/anything?x=y',
      method: 'POST',
      body: 'hello',
      // At the edge nobody may name the span of another.
      headers: { host: 'h.test', 'user-agent': 'tester', 'x-envoy-decorator-operation': 'theirs' },
    })
    const spans = await receiver.until(3)
    const [first, second, third] = ['alb.kube-system', 'gw.istio-system', 'httpbin.ns'].map((service) =>
      spans.find(inService(service)),
    )
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('a span is missing')
    expect(spans).toHaveLength(3)
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect([first.parentId, second.parentId, third.parentId]).toEqual(['', first.spanId, second.spanId])
    expect([first.kind, second.kind, third.kind]).toEqual(['server', 'client', 'server'])
    expect([first.name, second.name, third.name]).toEqual(['ingress', `${HOST}:8000/*`, `${HOST}:8000/*`])
    expect(first.start <= second.start && second.start <= third.start).toBe(true)
    for (const { start: begun, end } of spans) expect(end > begun).toBe(true)
    expect(app.seen[0]?.headers['traceparent']).toBe(`00-${third.traceId}-${third.spanId}-01`)
    expect(app.seen[0]?.headers).not.toHaveProperty('x-envoy-decorator-operation')
    expect(Object.keys(second.attributes).sort()).toEqual(ATTRIBUTES)
    expect(second.attributes).toMatchObject({
      component: 'proxy',
      node_id: 'gateway/istio-system/gw',
      'http.method': 'POST',
      'http.url': 'http://h.test/anything?x=y',
      'http.protocol': 'HTTP/1.1',
      'http.status_code': '200',
      'peer.address': '127.0.0.1',
      request_size: '5',
      response_flags: '-',
      upstream_cluster: `outbound|8000||${HOST}`,
      user_agent: 'tester',
    })
    const { path, headers } = receiver.requests[0] ?? {}
    expect(path).toBe('/v1/traces')
    expect(headers).toMatchObject({ host: 'otel.test:4318', 'x-key': 'k' })
  })

  test('the decision of a parent is kept: sampled where nobody is drawn, not sampled where everybody is', async () => {
    const never = await hops(start, { samplePercent: 0 })
    const sampled = { host: 'h.test', traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' }
    await open({ port: never.gateway, headers: { host: 'h.test' } })
    await open({ port: never.gateway, headers: sampled })
    const spans = await never.receiver.until(2)
    expect(spans.map(({ traceId }) => traceId)).toEqual([TRACE, TRACE])
    expect(spans.find(inService('gw.istio-system'))).toMatchObject({
      parentId: PARENT,
      traceState: 'vendor=1',
    })
    expect(never.app.seen[1]?.headers).toMatchObject({ tracestate: 'vendor=1' })
    expect(never.app.seen[0]?.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)

    const always = await hops(start)
    await open({ port: always.gateway, headers: { host: 'h.test', traceparent: `00-${TRACE}-${PARENT}-00` } })
    await open({ port: always.gateway, headers: { host: 'h.test' } })
    expect((await always.receiver.until(2)).every(({ traceId }) => traceId !== TRACE)).toBe(true)
    expect(always.app.seen[0]?.headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))
  })

  test('tags, long paths and failures', async () => {
    const { receiver, gateway } = await hops(start, {
      maxPathLength: 10,
      tags: [
        { name: 'absent', header: 'x-absent' },
        { name: 'header', header: 'x-team' },
        { name: 'literal', literal: 'prod' },
        { name: 'otherwise', header: 'x-absent', default: 'none' },
      ],
    })
    await open({ port: gateway, path: '/status/503', headers: { host: 'h.test', 'x-team': 'red' } })
    const [span] = await receiver.until(1, inService('gw.istio-system'))
    expect(span).toMatchObject({
      failed: true,
      attributes: {
        header: 'red',
        literal: 'prod',
        otherwise: 'none',
        error: 'true',
        'http.url': 'http://h.test/status/50',
        'http.status_code': '503',
      },
    })
    expect(span?.attributes).not.toHaveProperty('absent')
  })

  test('without tracing nothing is made, and what comes passes untouched', async () => {
    const { app, gateway, receiver } = await hops(start, undefined, false)
    const headers = {
      host: 'h.test',
      traceparent: 'not one',
      tracestate: 'a=b',
      b3: '0',
      'x-b3-traceid': 'x',
    }
    await open({ port: gateway, headers })
    await open({ port: gateway, headers: { host: 'h.test' } })
    expect(app.seen[0]?.headers).toMatchObject(headers)
    expect(app.seen[1]?.headers).not.toHaveProperty('traceparent')
    expect(receiver.requests).toEqual([])
  })
})

describe('on node alone', () => {
  test.each([
    { b3: `${TRACE}-${PARENT}-1` },
    { 'x-b3-traceid': TRACE, 'x-b3-spanid': PARENT, 'x-b3-sampled': '1' },
  ])('B3 is read and written in the form it came: %o', async (b3) => {
    const { receiver, app, sidecar } = await hops(onNode, { samplePercent: 0 })
    await ask({ port: sidecar, headers: { host: 'h.test', ...b3 } })
    const [span] = await receiver.until(1)
    expect(span).toMatchObject({ traceId: TRACE, parentId: PARENT })
    const headers = app.seen[0]?.headers ?? {}
    expect(headers['traceparent']).toBe(`00-${TRACE}-${span?.spanId}-01`)
    if ('b3' in b3) expect(headers['b3']).toBe(`${TRACE}-${span?.spanId}-1-${PARENT}`)
    else {
      expect(headers).toMatchObject({
        'x-b3-traceid': TRACE,
        'x-b3-spanid': span?.spanId,
        'x-b3-parentspanid': PARENT,
        'x-b3-sampled': '1',
      })
    }
  })

  test('a collector that fails costs spans, is told of once, and holds up nobody', async () => {
    const { receiver, sidecar, reports, engine } = await hops(onNode)
    receiver.status = 503
    const failed = async () =>
      Number(
        /sallyport_spans_total\{[^}]*outcome="failed"[^}]*\} (\d+)/.exec(await engine.metrics())?.[1] ?? 0,
      )
    for (let round = 1; round <= 2; round++) {
      expect((await ask({ port: sidecar, headers: { host: 'h.test' } })).status).toBe(200)
      await receiver.arrived(round)
      while ((await failed()) < round) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(reports.map(({ code }) => code)).toEqual(['SP0806'])
    expect(reports[0]?.message).toContain('sidecar/ns/httpbin: the collector otel.test:4318')
    expect(reports[0]?.message).toContain('it answered 503')
    receiver.status = 200
    await ask({ port: sidecar, headers: { host: 'h.test' } })
    await receiver.until(1)
  })

  test('the last spans arrive before the engine is closed', async () => {
    const { receiver, sidecar, engine } = await hops(onNode)
    await ask({ port: sidecar, headers: { host: 'h.test' } })
    await engine.close()
    expect(receiver.spans).toHaveLength(1)
  })
})
