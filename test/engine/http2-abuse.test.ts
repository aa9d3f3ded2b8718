// What clients may do with HTTP/2 to wear a proxy down: each is shown out, its neighbours are served, and the upstream hears little of it.
import { expect, test } from 'vitest'
import { istioProfile } from '../../src/ir/profiles.ts'
import { backend, endless, tcpBackend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { type Gateway, gateway } from './testing/gateway.ts'
import {
  byIndex,
  ENHANCE_YOUR_CALM,
  Flag,
  Frame,
  FrameClient,
  fields,
  frame,
  request,
  setting,
  uint32,
} from './testing/http2-frames.ts'
import { cluster, endpoint, forward, route } from './testing/model.ts'

const { limits } = istioProfile
const WHOLE = Flag.endHeaders | Flag.endStream

async function app(rest = {}): Promise<Gateway & { readonly arrived: () => number }> {
  const upstream = await backend()
  const made = await gateway([route(forward('app'))], [cluster('app', [endpoint(upstream.port)])], rest)
  return { ...made, arrived: () => upstream.seen.length }
}

/** Requests on streams 1, 3, 5, … each with something behind it. */
function streams(count: number, behind: (stream: number) => readonly Buffer[]): Buffer[] {
  return Array.from({ length: count }, (_, i) => 2 * i + 1).flatMap((stream) => [
    frame(Frame.headers, WHOLE, stream, request()),
    ...behind(stream),
  ])
}

async function stillServes(port: number): Promise<void> {
  expect((await ask({ port })).status).toBe(200)
}

test.each([
  ['CANCEL', 8],
  ['NO_ERROR', 0],
  ['INTERNAL_ERROR', 2],
  ['REFUSED_STREAM', 7],
])('rapid reset with %s (CVE-2023-44487)', async (_name, code) => {
  const { port, arrived } = await app()
  const client = new FrameClient(port)
  client.send(...streams(3000, (stream) => [frame(Frame.reset, 0, stream, uint32(code))]))
  await client.end()
  expect(client.goaway).toBe(ENHANCE_YOUR_CALM)
  await stillServes(port)
  expect(arrived()).toBeLessThan(500)
})

test.each([
  ['a window update of nothing', (stream: number) => [frame(Frame.windowUpdate, 0, stream, uint32(0))]],
  ['a window that overflows', (stream: number) => [frame(Frame.windowUpdate, 0, stream, uint32(0x7fffffff))]],
])('streams that the client makes us reset, by %s (CVE-2025-8671)', async (_name, spoil) => {
  const { port, arrived } = await app()
  const client = new FrameClient(port)
  client.send(...streams(3000, spoil))
  await client.end()
  await stillServes(port)
  expect(arrived()).toBeLessThan(500)
})

test('more streams at once than allowed are refused, then the connection ends', async () => {
  const silent = await tcpBackend(() => {})
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(silent)])], {
    limits: { ...limits, maxConcurrentStreams: 10 },
  })
  const client = new FrameClient(port)
  client.send(...streams(30, () => []))
  const refused = await client.frame(({ type, stream }) => type === Frame.reset && stream === 21)
  expect(refused?.payload.readUInt32BE(0)).toBe(7)
  client.send(...streams(400, () => []).slice(30))
  await client.end()
})

test('CONTINUATION without end (CVE-2024-27316)', async () => {
  const { port, arrived, logged } = await app()
  const client = new FrameClient(port)
  const piece = fields([['x-a', 'y'.repeat(1000)]])
  client.send(frame(Frame.headers, Flag.endStream, 1, request()))
  const more = (): void => {
    if (client.closed) return
    client.send(...Array.from({ length: 50 }, () => frame(Frame.continuation, 0, 1, piece)))
    setImmediate(more)
  }
  more()
  await client.end()
  await stillServes(port)
  expect([arrived(), logged()]).toEqual([1, [expect.objectContaining({ response_code: 200 })]])
})

test('a field list above the limit is refused, however small it is on the wire', async () => {
  const { port, arrived, logged } = await app()
  const long = new FrameClient(port)
  long.send(
    frame(Frame.headers, Flag.endStream, 1, request()),
    ...Array.from({ length: 4 }, () =>
      frame(Frame.continuation, 0, 1, fields([['x-a', 'y'.repeat(16_000)]])),
    ),
    frame(Frame.continuation, Flag.endHeaders, 1, fields([['x-b', 'c']])),
  )
  // One field of 3 KiB in the table, referred to ninety times.
  const bomb = new FrameClient(port)
  const block = Buffer.concat([
    request(),
    fields([['x-a', 'y'.repeat(3000)]], true),
    ...Array.from({ length: 90 }, () => byIndex(62)),
  ])
  bomb.send(frame(Frame.headers, WHOLE, 1, block), frame(Frame.headers, WHOLE, 3, request('/next')))
  expect(await bomb.frame(({ type, stream }) => type === Frame.headers && stream === 3)).toBeDefined()
  for (const client of [long, bomb]) {
    await client.frame(({ type, stream }) => type === Frame.headers && stream === 1)
  }
  expect(
    logged().map(({ path, response_code, response_code_details }) => [
      path,
      response_code,
      response_code_details,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ['/', 431, 'http2.head_too_large'],
      ['/', 431, 'http2.head_too_large'],
      ['/next', 200, 'via_upstream'],
    ]),
  )
  const many = new FrameClient(port)
  const list = fields(Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'y'] as const))
  many.send(frame(Frame.headers, WHOLE, 1, Buffer.concat([request(), list])))
  expect(await many.frame(({ type, stream }) => type === Frame.reset && stream === 1)).toBeDefined()
  expect(arrived()).toBe(1)
})

test.each([
  ['PING', frame(Frame.ping, 0, 0, Buffer.alloc(8))],
  ['SETTINGS', frame(Frame.settings, 0, 0, setting(4, 65_535))],
  ['SETTINGS of nothing', frame(Frame.settings, 0, 0)],
])('a flood of %s, answers read or not', async (_name, one) => {
  const { port } = await app()
  for (const reads of [true, false]) {
    const client = new FrameClient(port)
    if (!reads) client.socket.pause()
    const more = (): void => {
      if (client.closed || client.socket.destroyed) return
      client.send(...Array.from({ length: 100 }, () => one))
      setImmediate(more)
    }
    more()
    // Who does not read does not see the end either, but its writes fail.
    await client.end()
    if (reads) expect(client.goaway).toBe(ENHANCE_YOUR_CALM)
  }
  await stillServes(port)
})

test('a window that never opens: the upstream is held back, and the stream ends when its time is over', async () => {
  const upstream = await endless()
  const { port, logged } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(upstream.port)])],
    {
      limits: { ...limits, streamIdleTimeoutMs: 400 },
    },
  )
  const client = new FrameClient(port)
  client.send(frame(Frame.settings, 0, 0, setting(4, 0)), frame(Frame.headers, WHOLE, 1, request('/stalled')))
  // A busy neighbour on the same connection does not keep it alive.
  let stream = 1
  const busy = setInterval(() => {
    stream += 2
    client.send(
      frame(Frame.headers, Flag.endHeaders, stream, request('/busy', 'POST')),
      frame(Frame.reset, 0, stream, uint32(8)),
    )
  }, 50)
  const reset = await client.frame(({ type, stream: id }) => type === Frame.reset && id === 1)
  clearInterval(busy)
  expect(reset).toBeDefined()
  await upstream.left
  expect(upstream.written()).toBeLessThan(32 * 1024 * 1024)
  expect(logged().find(({ path }) => path === '/stalled')).toMatchObject({ response_flags: 'SI' })
})

test('an answer that is whole but not read goes when its time is over', async () => {
  const { port } = await gateway(
    [route({ kind: 'direct-response', status: 200, body: 'x'.repeat(1000) })],
    [],
    {
      limits: { ...limits, streamIdleTimeoutMs: 50 },
    },
  )
  const client = new FrameClient(port)
  client.send(frame(Frame.settings, 0, 0, setting(4, 10)), frame(Frame.headers, WHOLE, 1, request()))
  expect(await client.frame(({ type, stream }) => type === Frame.reset && stream === 1)).toBeDefined()
})

test('a preface that does not come to its end, and silence, are closed in time', async () => {
  const { port } = await app({ limits: { ...limits, idleTimeoutMs: 50, requestHeadersTimeoutMs: 50 } })
  expect(await (await raw(port)).end()).toBe('')
  expect(await (await raw(port, 'PRI * HTTP/2.0\r\n')).end()).toBe('')
  await stillServes(port)
})

test('a connection that has said nothing does not outlive its listener', async () => {
  const { port, use } = await app()
  const silent = await raw(port)
  await stillServes(port)
  await use()
  await silent.end()
})

test('a client that resets with NO_ERROR while its request waits is gone all the same', async () => {
  const upstream = await backend()
  const delay = { kind: 'fault' as const, config: { delay: { percent: 100, ms: 200 } }, origin: {} }
  const { port, logged } = await gateway(
    [route(forward('app'), { filters: [delay] })],
    [cluster('app', [endpoint(upstream.port)])],
  )
  const client = new FrameClient(port)
  client.send(
    frame(Frame.headers, Flag.endHeaders, 1, request('/', 'POST')),
    frame(Frame.data, 0, 1, Buffer.alloc(16_384)),
    frame(Frame.reset, 0, 1, uint32(0)),
    frame(Frame.headers, WHOLE, 3, request('/other')),
  )
  expect(await client.frame(({ type, stream }) => type === Frame.headers && stream === 3)).toBeDefined()
  expect(logged().map(({ path, response_flags }) => [path, response_flags])).toEqual([
    ['/', 'DI,DC'],
    ['/other', 'DI'],
  ])
  expect(upstream.seen.map(({ url }) => url)).toEqual(['/other'])
})
