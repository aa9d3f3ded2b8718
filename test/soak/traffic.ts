// The clients of a soak: each does one thing once, on connections of its own, and says what went wrong, if anything did.
import { type Agent, request as httpRequest } from 'node:http'
import { connect as connectHttp2, constants } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { World } from './world.ts'

/** Resolves with undefined when all was well. */
export type Visit = (world: World) => Promise<string | undefined>

interface Ask {
  readonly tls?: true
  readonly path?: string
  readonly body?: Buffer
  readonly agent?: Agent
}

function ask(world: World, { tls, path = '/', body, agent }: Ask): Promise<string> {
  return new Promise((resolve, reject) => {
    const start = tls === true ? httpsRequest : httpRequest
    const request = start(
      {
        host: '127.0.0.1',
        port: tls === true ? world.tlsPort : world.plainPort,
        path,
        method: body === undefined ? 'GET' : 'POST',
        agent: agent ?? false,
        ...(tls === true ? { ca: world.ca, servername: 'localhost' } : {}),
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve(`${response.statusCode} ${Buffer.concat(chunks).toString('latin1')}`),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

const expecting =
  (name: string, wanted: string | RegExp, options: Ask): Visit =>
  async (world) => {
    const got = await ask(world, options).catch((error: Error) => `no answer: ${error.message}`)
    const right = typeof wanted === 'string' ? got === wanted : wanted.test(got)
    return right ? undefined : `${name}: ${got.slice(0, 120)}`
  }

/** Opens a connection, writes, and breaks off once `until` is there (or after the write). */
const breakingOff =
  (text: string, until: string | undefined): Visit =>
  (world) =>
    new Promise((resolve) => {
      const socket = connect(world.plainPort, '127.0.0.1')
      socket.on('error', () => {})
      socket.on('close', () => resolve(undefined))
      let seen = ''
      socket.on('connect', () => {
        socket.write(text, () => {
          if (until === undefined) socket.destroy()
        })
      })
      socket.on('data', (chunk: Buffer) => {
        seen += chunk.toString('latin1')
        if (until !== undefined && seen.includes(until)) socket.resetAndDestroy()
      })
    })

const webSocket: Visit = (world) =>
  new Promise((resolve) => {
    const socket = connect(world.plainPort, '127.0.0.1')
    let seen = ''
    let asked = false
    socket.on('error', (error) => resolve(`websocket: ${error.message}`))
    socket.on('connect', () =>
      socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    )
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1')
      if (!asked && seen.includes('\r\n\r\n')) {
        asked = true
        socket.write('over and out')
      }
      if (seen.endsWith('over and out')) socket.end()
    })
    socket.on('close', () =>
      resolve(seen.startsWith('HTTP/1.1 101') && asked ? undefined : `websocket: ${seen.slice(0, 120)}`),
    )
  })

/** Streams on one connection, of which one is cancelled. */
const http2: Visit = (world) =>
  new Promise((resolve) => {
    const session = connectHttp2(`https://127.0.0.1:${world.tlsPort}`, {
      ca: world.ca,
      servername: 'localhost',
    })
    session.on('error', (error) => resolve(`http2: ${error.message}`))
    let left = 6
    let wrong: string | undefined
    for (let i = 0; i < 6; i++) {
      const stream = session.request({ ':path': i === 5 ? '/bytes/500000' : `/${i}`, ':authority': 'a.test' })
      let status = 0
      stream.on('response', (headers) => {
        status = headers[':status'] ?? 0
        if (i === 5) stream.close(constants.NGHTTP2_CANCEL)
      })
      stream.on('error', () => {})
      stream.resume()
      stream.on('close', () => {
        if (status !== 200) wrong = `http2: stream ${i} got ${status}, reset ${stream.rstCode}`
        if (--left === 0) session.close(() => resolve(wrong))
      })
    }
  })

const UPLOAD = Buffer.alloc(300_000, 121)
const LARGE = Buffer.alloc(8_000_000, 121)

export const visits: readonly Visit[] = [
  expecting('get', '200 GET 0', {}),
  expecting('get over TLS', '200 GET 0', { tls: true }),
  expecting('upload', `200 POST ${UPLOAD.length}`, { body: UPLOAD }),
  expecting('upload over TLS', `200 POST ${UPLOAD.length}`, { tls: true, body: UPLOAD }),
  expecting('download', `200 ${'x'.repeat(400_000)}`, { path: '/bytes/400000' }),
  expecting('version', /^200 version \d+$/, { path: '/version' }),
  expecting('large upload', `200 POST ${LARGE.length}`, { body: LARGE }),
  expecting('large download', `200 ${'x'.repeat(8_000_000)}`, { tls: true, path: '/bytes/8000000' }),
  expecting('upload to HTTP/2', `200 h2 ${UPLOAD.length}`, { path: '/h2/', body: UPLOAD }),
  expecting('reset by the program', /^503 upstream connect error/, { path: '/reset' }),
  expecting('stream reset by the program', /^503 upstream connect error/, { path: '/h2/reset' }),
  expecting('cut by the program', 'no answer: aborted', { path: '/cut' }),
  webSocket,
  http2,
  breakingOff('GET /bytes/2000000 HTTP/1.1\r\nHost: a\r\n\r\n', 'xxxx'),
  breakingOff(
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'y'.repeat(50_000)}`,
    undefined,
  ),
  breakingOff('GET / HTTP/1.1\r\nHo', undefined),
  breakingOff('GET / HTTP/1.1\r\nHost : a\r\n\r\n', '400 Bad Request'),
  breakingOff('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', '101'),
]
