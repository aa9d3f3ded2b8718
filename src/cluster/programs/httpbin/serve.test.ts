import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { httpbinServer, portOf } from './serve.ts'

let server: Server
let base: string
beforeAll(async () => {
  server = httpbinServer('python')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const get = (path: string, init: RequestInit = {}) => fetch(base + path, { redirect: 'manual', ...init })
/** The fields that tests look at one by one. */
interface Shown extends Record<string, unknown> {
  readonly accept: readonly string[]
  readonly data: string
  readonly headers: Readonly<Record<string, string>>
  readonly origin: string
  readonly slideshow: { readonly title: string }
  readonly url: string
  readonly uuid: string
}
const json = async (path: string, init: RequestInit = {}) => (await (await get(path, init)).json()) as Shown

/** What fetch decodes or hides by itself: the raw status, headers and bytes. */
async function raw(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const sent = httpRequest(base + path, { method, headers })
  sent.end()
  const [response] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

describe('status', () => {
  it('is a teapot', async () => {
    const response = await get('/status/418')
    expect(response.status).toBe(418)
    expect(response.headers.get('x-more-info')).toBe('http://tools.ietf.org/html/rfc2324')
    const lines = (await response.text()).split('\n')
    expect(lines[1]).toBe('    -=[ teapot ]=-')
    expect(lines[6]).toBe('    \\_;`"---"`|//')
    expect(lines).toHaveLength(11)
  })
  it.each(['200', '204', '304', '404', '500', '503'])('%s for any method', async (code) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
      expect((await get(`/status/${code}`, { method })).status).toBe(Number(code))
    }
  })
  it('redirects, challenges and lists as the originals do', async () => {
    expect((await get('/status/302')).headers.get('location')).toBe('/redirect/1')
    expect((await get('/status/401')).headers.get('www-authenticate')).toBe('Basic realm="Fake Realm"')
    expect((await json('/status/406')).accept).toContain('image/png')
  })
  it('draws from a list by weight', async () => {
    expect((await get('/status/200:0,503:1')).status).toBe(503)
    const drawn = await Promise.all(
      Array.from({ length: 40 }, () => get('/status/201,202').then((one) => one.status)),
    )
    expect(new Set(drawn)).toEqual(new Set([201, 202]))
  })
  it.each(['abc', '99', '100', '200:x', ''])('refuses %j', async (code) => {
    expect((await get(`/status/${code}`)).status).toBe(400)
  })
})

describe('inspection', () => {
  it('shows arguments, headers, origin and URL, keys in order', async () => {
    const response = await get('/get?b=2&a=1&b=3', { headers: { 'x-my-header': 'v' } })
    const text = await response.text()
    const body = JSON.parse(text)
    expect(body).toMatchObject({
      args: { a: '1', b: ['2', '3'] },
      origin: '127.0.0.1',
      url: `${base}/get?b=2&a=1&b=3`,
    })
    expect(body.headers['X-My-Header']).toBe('v')
    expect(Object.keys(body)).toEqual(['args', 'headers', 'origin', 'url'])
    expect(text.endsWith('}\n')).toBe(true)
  })
  it('believes proxies, and hides what they add unless asked', async () => {
    const headers = { 'x-forwarded-for': '9.9.9.9, 8.8.8.8', 'x-forwarded-proto': 'https' }
    const body = await json('/get', { headers })
    expect(body.origin).toBe('9.9.9.9, 8.8.8.8')
    expect(body.url).toMatch(/^https:/)
    expect(body.headers).not.toHaveProperty('X-Forwarded-For')
    expect((await json('/headers?show_env=1', { headers })).headers['X-Forwarded-For']).toBe(
      '9.9.9.9, 8.8.8.8',
    )
  })
  it('takes bodies apart by their type', async () => {
    expect(await json('/post', { method: 'POST', body: '{"a": 1}' })).toMatchObject({
      data: '{"a": 1}',
      json: { a: 1 },
      form: {},
    })
    expect(await json('/put', { method: 'PUT', body: new URLSearchParams({ a: '1' }) })).toMatchObject({
      form: { a: '1' },
      data: '',
    })
    const form = new FormData()
    form.append('field', 'value')
    form.append('file', new Blob(['content']), 'name.txt')
    expect(await json('/patch', { method: 'PATCH', body: form })).toMatchObject({
      form: { field: 'value' },
      files: { file: 'content' },
    })
    const binary = await json('/delete', { method: 'DELETE', body: Buffer.from([0xff, 0x00]) })
    expect(binary.data).toBe('data:application/octet-stream;base64,/wA=')
  })
  it('answers anything, with its method', async () => {
    expect(await json('/anything/x/y?z=1', { method: 'PUT', body: 'b' })).toMatchObject({
      method: 'PUT',
      args: { z: '1' },
      data: 'b',
    })
  })
  it('tells user agent, address and a new uuid', async () => {
    expect(await json('/user-agent', { headers: { 'user-agent': 'me' } })).toEqual({ 'user-agent': 'me' })
    expect(await json('/ip')).toEqual({ origin: '127.0.0.1' })
    expect((await json('/uuid')).uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  })
})

describe('methods', () => {
  it('answers 405 with Allow, 404, HEAD and OPTIONS', async () => {
    const wrong = await get('/post')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    expect((await get('/no/such')).status).toBe(404)
    const head = await raw('/get', {}, 'HEAD')
    expect([head.status, head.body.length, Number(head.headers['content-length']) > 0]).toEqual([
      200,
      0,
      true,
    ])
    const options = await get('/get', {
      method: 'OPTIONS',
      headers: { 'access-control-request-headers': 'x-a' },
    })
    expect(options.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
    expect(options.headers.get('access-control-allow-headers')).toBe('x-a')
  })
  it('serves the next request of a connection after one whose body was not wanted', async () => {
    expect((await get('/get', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(405)
    expect((await get('/get')).status).toBe(200)
  })
})

describe('redirects', () => {
  it.each([
    ['/redirect/3', '/relative-redirect/2'],
    ['/redirect/1', '/get'],
    ['/relative-redirect/1', '/get'],
    ['/redirect-to?url=/x&status_code=307', '/x'],
  ])('%s', async (path, location) => {
    const response = await get(path)
    expect(response.headers.get('location')).toBe(location)
    expect(response.status).toBe(path.includes('307') ? 307 : 302)
  })
  it('absolute ones name the host', async () => {
    expect((await get('/absolute-redirect/2')).headers.get('location')).toBe(`${base}/absolute-redirect/1`)
  })
  it('leads to the end', async () => {
    expect((await get('/redirect/5', { redirect: 'follow' })).url).toBe(`${base}/get`)
  })
  it('does not let a line break into a header', async () => {
    expect((await get('/redirect-to?url=/a%0d%0aset-cookie:x')).headers.get('set-cookie')).toBeNull()
  })
})

describe('cookies', () => {
  it('shows, sets and deletes', async () => {
    expect(await json('/cookies', { headers: { cookie: 'a=1; b=2' } })).toEqual({
      cookies: { a: '1', b: '2' },
    })
    expect((await get('/cookies/set/n/v')).headers.getSetCookie()).toEqual(['n=v; Path=/'])
    expect((await get('/cookies/set?a=1&b=2')).headers.getSetCookie()).toHaveLength(2)
    expect((await get('/cookies/delete?a')).headers.getSetCookie()[0]).toContain('Max-Age=0')
  })
})

describe('authentication', () => {
  const basic = (text: string) => ({
    headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
  })
  it('basic, open and hidden', async () => {
    expect(await json('/basic-auth/u/p', basic('u:p'))).toEqual({ authenticated: true, user: 'u' })
    expect((await get('/basic-auth/u/p', basic('u:wrong'))).status).toBe(401)
    expect((await get('/hidden-basic-auth/u/p')).status).toBe(404)
  })
  it('bearer', async () => {
    expect(await json('/bearer', { headers: { authorization: 'Bearer t' } })).toEqual({
      authenticated: true,
      token: 't',
    })
    expect((await get('/bearer')).headers.get('www-authenticate')).toBe('Bearer')
  })
  it.each(['MD5', 'SHA-256', 'SHA-512'])('digest with %s', async (algorithm) => {
    const path = `/digest-auth/auth/user/secret/${algorithm}`
    const challenge = (await get(path)).headers.get('www-authenticate') ?? ''
    expect(challenge).toContain(`algorithm=${algorithm}`)
    const hash = (text: string) =>
      createHash(algorithm.replace('-', '').toLowerCase()).update(text).digest('hex')
    const [realm, nonce] = ['realm', 'nonce'].map(
      (name) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1],
    )
    const answer = (password: string) =>
      hash(`${hash(`user:${realm}:${password}`)}:${nonce}:00000001:cn:auth:${hash(`GET:${path}`)}`)
    const authorization = (password: string) =>
      `Digest username="user", realm="${realm}", nonce="${nonce}", uri="${path}", qop=auth, nc=00000001, cnonce="cn", response="${answer(password)}"`
    expect(await json(path, { headers: { authorization: authorization('secret') } })).toEqual({
      authenticated: true,
      user: 'user',
    })
    expect((await get(path, { headers: { authorization: authorization('guess') } })).status).toBe(401)
  })
})

describe('bodies', () => {
  it.each([
    ['/gzip', 'gzip', 'gzipped'],
    ['/deflate', 'deflate', 'deflated'],
    ['/brotli', 'br', 'brotli'],
  ])('%s is compressed', async (path, coding, flag) => {
    const response = await get(path)
    expect(response.headers.get('content-encoding')).toBe(coding)
    expect(((await response.json()) as Shown)[flag]).toBe(true)
  })
  it('gives as many bytes as asked for, the same for the same seed, at most 100 KiB', async () => {
    const bytes = async (path: string) => Buffer.from(await (await get(path)).arrayBuffer())
    expect(await bytes('/bytes/100?seed=7')).toEqual(await bytes('/stream-bytes/100?seed=7&chunk_size=9'))
    expect((await bytes('/bytes/100')).equals(await bytes('/bytes/100'))).toBe(false)
    expect(await bytes('/bytes/999999')).toHaveLength(102_400)
    expect((await raw('/stream-bytes/50')).headers['transfer-encoding']).toBe('chunked')
  })
  it('streams lines of JSON', async () => {
    const lines = (await (await get('/stream/3')).text()).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([0, 1, 2])
  })
  it('drips', async () => {
    const response = await get('/drip?duration=0.02&numbytes=5&code=201&delay=0')
    expect([response.status, await response.text()]).toEqual([201, '*****'])
  })
  it('delays, and describes the request', async () => {
    expect(await json('/delay/0.01?x=1')).toMatchObject({ args: { x: '1' } })
    expect((await get('/delay/soon')).status).toBe(400)
  })
  it.each([
    ['bytes=0-4', 206, 'abcde', 'bytes 0-4/30'],
    ['bytes=26-', 206, 'abcd', 'bytes 26-29/30'],
    ['bytes=-2', 206, 'cd', 'bytes 28-29/30'],
    ['bytes=40-', 416, '', 'bytes */30'],
    ['lines=1-2', 200, 'abcdefghijklmnopqrstuvwxyzabcd', 'bytes 0-29/30'],
  ])('range %s', async (range, status, text, contentRange) => {
    const response = await get('/range/30', { headers: { range } })
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
      status,
      text,
      contentRange,
    ])
  })
  it('decodes base64 of either alphabet', async () => {
    expect(await (await get('/base64/PDw_Pz8-Pg==')).text()).toBe('<<???>>')
    expect(await (await get('/base64/x')).text()).toContain('Incorrect Base64')
    expect(await (await get('/base64/encode/hi')).text()).toBe('aGk')
  })
  it('has documents of many types', async () => {
    const types = async (path: string) => (await get(path)).headers.get('content-type')
    expect(await types('/')).toContain('text/html')
    expect(await types('/html')).toContain('text/html')
    expect(await types('/xml')).toBe('application/xml')
    expect(await types('/image')).toBe('image/png')
    expect(await types('/image/svg')).toBe('image/svg+xml')
    expect((await json('/json')).slideshow.title).toBe('Sample Slide Show')
    expect((await raw('/image/png')).body.subarray(1, 4).toString()).toBe('PNG')
    expect((await get('/image', { headers: { accept: 'text/plain' } })).status).toBe(406)
  })
  it('shows links to sibling pages', async () => {
    expect((await get('/links/3')).headers.get('location')).toBe('/links/3/0')
    expect(await (await get('/links/3/1')).text()).toContain("href='/links/3/2'")
  })
})

describe('caching', () => {
  it('answers conditional requests', async () => {
    expect((await get('/cache')).headers.get('etag')).toBeTruthy()
    expect((await get('/cache', { headers: { 'if-none-match': 'x' } })).status).toBe(304)
    expect((await get('/cache/60')).headers.get('cache-control')).toBe('public, max-age=60')
    expect((await get('/etag/x', { headers: { 'if-none-match': '"x"' } })).status).toBe(304)
    expect((await get('/etag/x', { headers: { 'if-none-match': '"y"' } })).status).toBe(200)
    expect((await get('/etag/x', { headers: { 'if-match': '"y"' } })).status).toBe(412)
    expect((await get('/etag/x', { headers: { 'if-match': '*' } })).status).toBe(200)
  })
  it('sends the headers that are asked for, and shows them', async () => {
    const response = await get('/response-headers?X-A=1&X-A=2&X-B=3')
    expect(response.headers.get('x-a')).toBe('1, 2')
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({
      'X-A': ['1', '2'],
      'X-B': '3',
      'Content-Length': String(text.length),
    })
  })
})

describe('the go flavour', () => {
  it('gives lists of values', async () => {
    const go = httpbinServer('go')
    go.listen(0, '127.0.0.1')
    await once(go, 'listening')
    const url = `http://127.0.0.1:${(go.address() as AddressInfo).port}/get?a=1`
    const body = (await (await fetch(url, { headers: { 'x-forwarded-for': '9.9.9.9' } })).json()) as Record<
      string,
      unknown
    >
    expect(body).toMatchObject({
      args: { a: ['1'] },
      method: 'GET',
      headers: { 'X-Forwarded-For': ['9.9.9.9'] },
    })
    go.closeAllConnections()
    go.close()
  })
})

describe('portOf', () => {
  it.each([
    [[], 'python', undefined, 80],
    [[], 'go', undefined, 8080],
    [[], 'python', '9000', 9000],
    [['gunicorn', '-b', '0.0.0.0:8000'], 'python', '9000', 8000],
    [['--bind=[::]:8001'], 'python', undefined, 8001],
    [['-port', '81'], 'go', undefined, 81],
  ] as const)('%j %s %s', (words, flavour, env, expected) => {
    expect(portOf(words, flavour, env)).toBe(expected)
  })
})
