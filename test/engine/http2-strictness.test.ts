// HTTP/2 requests that are no good: what HTTP/1.1 would refuse is refused, what is malformed is reset, and no upstream hears of either.
import { constants } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { backend } from './testing/backend.ts'
import { gateway } from './testing/gateway.ts'
import { Flag, Frame, FrameClient, fields, frame, request } from './testing/http2-frames.ts'
import { cluster, endpoint, forward, route } from './testing/model.ts'

const WHOLE = Flag.endHeaders | Flag.endStream

describe('what HTTP/1.1 would refuse is refused by HTTP/2 as well', () => {
  const GET: readonly (readonly [string, string])[] = [
    [':method', 'GET'],
    [':scheme', 'http'],
  ]
  test.each([
    ['a fragment', 400, [...GET, [':authority', 'a.test'], [':path', '/a#b']]],
    ['bytes beyond ASCII in the path', 400, [...GET, [':authority', 'a.test'], [':path', '/\xe9']]],
    ['a path that climbs above the root', 400, [...GET, [':authority', 'a.test'], [':path', '/../x']]],
    ['user info in the authority', 400, [...GET, [':authority', 'u@a.test'], [':path', '/']]],
    ['a Host of its own', 400, [...GET, [':authority', 'a.test'], [':path', '/'], ['host', 'b.test']]],
    ['another expectation', 417, [...GET, [':authority', 'a.test'], [':path', '/'], ['expect', 'magic']]],
    [
      'CONNECT',
      405,
      [
        [':method', 'CONNECT'],
        [':authority', 'a.test:443'],
      ],
    ],
  ] as [string, number, [string, string][]][])('%s', async (_name, status, list) => {
    const app = await backend()
    const { port, logged } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)])])
    const client = new FrameClient(port)
    client.send(
      frame(Frame.headers, WHOLE, 1, fields(list)),
      frame(Frame.headers, WHOLE, 3, request('/next')),
    )
    await client.frame(({ type, stream }) => type === Frame.headers && stream === 3)
    expect(logged()[0]).toMatchObject({ response_code: status, protocol: 'HTTP/2' })
    expect(app.seen.map(({ url }) => url)).toEqual(['/next'])
  })

  test.each([
    ['no authority at all', [...GET, [':path', '/']]],
    ['a path in the authority', [...GET, [':authority', 'a.test/x'], [':path', '/']]],
    ['a list as authority', [...GET, [':authority', 'a.test, b.test'], [':path', '/']]],
    ['two Hosts', [...GET, [':path', '/'], ['host', 'a.test'], ['host', 'b.test']]],
    ['a space in the path', [...GET, [':authority', 'a.test'], [':path', '/a b']]],
    ['a name in capitals', [...GET, [':authority', 'a.test'], [':path', '/'], ['X-A', 'b']]],
    [
      'Transfer-Encoding',
      [...GET, [':authority', 'a.test'], [':path', '/'], ['transfer-encoding', 'chunked']],
    ],
    ['Connection', [...GET, [':authority', 'a.test'], [':path', '/'], ['connection', 'close']]],
    ['TE of something else', [...GET, [':authority', 'a.test'], [':path', '/'], ['te', 'gzip']]],
    [
      'two lengths',
      [...GET, [':authority', 'a.test'], [':path', '/'], ['content-length', '0'], ['content-length', '1']],
    ],
    ['a bad length', [...GET, [':authority', 'a.test'], [':path', '/'], ['content-length', '0x1']]],
    ['a length and nothing', [...GET, [':authority', 'a.test'], [':path', '/'], ['content-length', '5']]],
    ['a pseudo-header twice', [...GET, [':authority', 'a.test'], [':path', '/'], [':path', '/b']]],
    ['a pseudo-header after a field', [...GET, [':authority', 'a.test'], ['x-a', 'b'], [':path', '/']]],
    ['a pseudo-header of responses', [...GET, [':authority', 'a.test'], [':path', '/'], [':status', '200']]],
    ['no path', [...GET, [':authority', 'a.test']]],
    ['an empty path', [...GET, [':authority', 'a.test'], [':path', '']]],
    ['a relative path', [...GET, [':authority', 'a.test'], [':path', 'a']]],
    [
      'no method',
      [
        [':scheme', 'http'],
        [':authority', 'a.test'],
        [':path', '/'],
      ],
    ],
  ] as [string, [string, string][]][])('malformed: %s resets the stream', async (_name, list) => {
    const app = await backend()
    const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)])])
    const client = new FrameClient(port)
    client.send(frame(Frame.headers, WHOLE, 1, fields(list)))
    const ended = await client.frame(
      ({ type, stream }) => (type === Frame.reset && stream === 1) || type === Frame.goaway,
    )
    expect(ended?.payload.readUInt32BE(ended.type === Frame.goaway ? 4 : 0)).toBe(
      constants.NGHTTP2_PROTOCOL_ERROR,
    )
    expect(app.seen).toEqual([])
  })

  test.each(['host', 'x-forwarded-client-cert', 'x-forwarded-for', 'expect'])(
    '%s as a trailer',
    async (name) => {
      const app = await backend()
      const { port, logged } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)])])
      const client = new FrameClient(port)
      client.send(
        frame(Frame.headers, Flag.endHeaders, 1, request('/', 'POST')),
        frame(Frame.data, 0, 1, Buffer.from('hello')),
        frame(Frame.headers, WHOLE, 1, fields([[name, '1']])),
      )
      await client.frame(({ type, stream }) => type === Frame.headers && stream === 1)
      expect(logged()[0]).toMatchObject({
        response_code: 400,
        response_flags: 'DPE',
        response_code_details: 'http2.bad_trailer',
      })
      expect(app.seen).toEqual([])
    },
  )

  test('content-length as a trailer resets the stream', async () => {
    const app = await backend()
    const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)])])
    const client = new FrameClient(port)
    client.send(
      frame(Frame.headers, Flag.endHeaders, 1, request('/', 'POST')),
      frame(Frame.data, 0, 1, Buffer.from('hello')),
      frame(Frame.headers, WHOLE, 1, fields([['content-length', '1']])),
    )
    expect(await client.frame(({ type, stream }) => type === Frame.reset && stream === 1)).toBeDefined()
    expect(app.seen).toEqual([])
  })

  // nghttp2 leaves out a field of characters that may not be there, where RFC 9113 section 8.2.1 asks for a reset: nothing crosses either way.
  test.each([
    ['a line break in a value', ['x-a', 'b\r\nx-b: c']],
    ['NUL in a value', ['x-a', 'b\0']],
    ['a name with a colon', ['x-a:x-b', 'c']],
    ['a name with a space', ['x-a ', 'c']],
  ] as [string, [string, string]][])('%s does not cross', async (_name, field) => {
    const app = await backend()
    const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)])])
    const client = new FrameClient(port)
    client.send(frame(Frame.headers, WHOLE, 1, Buffer.concat([request(), fields([field])])))
    await client.frame(({ type, stream }) => type === Frame.headers && stream === 1)
    expect(Object.keys(app.seen[0]?.headers ?? {}).filter((name) => /^x-[ab]/.test(name))).toEqual([])
  })
})
