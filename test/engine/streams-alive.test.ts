// Streams of every kind that are open while the model changes: what does not concern them leaves them alone; a listener that goes lets them end, in bounded time.
import { type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Proxy } from '../../src/ir/proxy.ts'
import { tcpBackend } from './testing/backend.ts'
import { TestAuthority, TestBlobs, type TestCertificate } from './testing/certificates.ts'
import { raw } from './testing/client.ts'
import { testEngine } from './testing/engine.ts'
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

/** An open stream: `say` resolves with what comes back, `ended` once it is over. */
interface Stream {
  readonly say: (word: string) => Promise<string>
  readonly ended: Promise<unknown>
  readonly text: () => string
}

/** Reads a socket or HTTP/2 stream as text that can be waited for. */
function reading(source: Socket | ClientHttp2Stream, write: (word: string) => void): Stream {
  let text = ''
  let told: (() => void) | undefined
  source.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    told?.()
  })
  source.on('error', () => {})
  const ended = new Promise((resolve) => source.once('close', resolve))
  return {
    text: () => text,
    ended,
    say: async (word) => {
      write(word)
      const wanted = word.toUpperCase()
      while (!text.includes(wanted)) {
        if (source.destroyed) throw new Error(`closed: ${JSON.stringify(text)}`)
        await new Promise<void>((resolve) => {
          told = resolve
          source.once('close', resolve)
        })
      }
      return wanted
    },
  }
}

/** Answers an upgrade with 101 and any other head with a body without end; either way what comes goes back in capitals. */
async function echo(): Promise<number> {
  return tcpBackend((socket) => {
    socket.on('end', () => socket.end())
    let head = true
    let chunked = false
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      if (head && text.includes('\r\n\r\n')) {
        head = false
        chunked = !/upgrade: websocket/i.test(text)
        socket.write(
          chunked
            ? 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
            : 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
        )
        return
      }
      const words = [...text.matchAll(/[a-z]+\d+/g)].map(([word]) => word.toUpperCase())
      for (const word of words) {
        socket.write(chunked ? `${word.length.toString(16)}\r\n${word}\r\n` : word)
      }
    })
  })
}

interface World {
  readonly put: (change?: Partial<Change>) => Promise<unknown>
  readonly open: () => Promise<Record<string, Stream>>
  readonly presented: () => Promise<string>
}

interface Change {
  readonly routes: string
  readonly secret: TestCertificate
  readonly endpoints: readonly number[]
  readonly other: boolean
  readonly mine: boolean
}

async function world(
  drainMs?: number,
): Promise<
  World & { readonly backends: readonly number[]; readonly leaf: (name: string) => TestCertificate }
> {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const ca = authority.authority.certificate
  const leaf = (name: string): TestCertificate =>
    authority.leaf({ subject: { commonName: name }, dns: ['a.test'] })
  const backends = [await echo(), await echo()]
  const [tlsPort, tcpPort, otherPort] = [await freePort(), await freePort(), await freePort()]
  const { use } = testEngine(blobs, drainMs === undefined ? {} : { drainMs })
  let now: Change = {
    routes: 'one',
    secret: leaf('first'),
    endpoints: [backends[0] as number],
    other: true,
    mine: true,
  }
  const put = async (change: Partial<Change> = {}): Promise<unknown> => {
    now = { ...now, ...change }
    const http = manager(
      table(
        virtualHost(
          ['*'],
          [
            route(
              { kind: 'direct-response', status: 200, body: now.routes },
              { match: { path: { kind: 'exact', value: '/said' } } },
            ),
            route(forward('app')),
          ],
        ),
      ),
    )
    const tls = {
      certificates: [now.secret.ref],
      alpn: ['h2', 'http/1.1'],
      clientCertificate: { mode: 'none' as const },
    }
    const model: Proxy = proxy(
      'g',
      [
        ...(now.mine
          ? [
              listener(tlsPort, [chain(http, { tls })]),
              listener(tcpPort, [
                chain({ kind: 'tcp', statPrefix: 'tcp', clusters: [{ cluster: 'app', weight: 1 }] }),
              ]),
            ]
          : []),
        ...(now.other ? [listener(otherPort, [chain(http)])] : []),
      ],
      [
        cluster(
          'app',
          now.endpoints.map((port) => endpoint(port)),
        ),
      ],
    )
    const rejected = await use(model)
    expect(rejected).toEqual([])
    return rejected
  }
  await put()
  const secure = (alpn: string): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls(
        { host: '127.0.0.1', port: tlsPort, ca, servername: 'a.test', ALPNProtocols: [alpn] },
        () => resolve(socket),
      )
      socket.on('error', reject)
      onTestFinished(() => void socket.destroy())
    })
  const open = async (): Promise<Record<string, Stream>> => {
    const one = await secure('http/1.1')
    one.write('POST /stream HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n')
    const two = await secure('h2')
    const session = connectHttp2('https://a.test', { createConnection: () => two })
    session.on('error', () => {})
    const stream = session.request({ ':method': 'POST', ':path': '/stream', ':authority': 'a.test' })
    const ws = await secure('http/1.1')
    ws.write('GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const tcp = (await raw(tcpPort, 'x\r\n\r\n')).socket
    const goaway = new Promise((resolve) => session.on('goaway', resolve))
    const streams = {
      'HTTP/1.1': reading(one, (word) => one.write(`${word.length.toString(16)}\r\n${word}\r\n`)),
      'HTTP/2': reading(stream, (word) => stream.write(word)),
      WebSocket: reading(ws, (word) => ws.write(word)),
      TCP: reading(tcp, (word) => tcp.write(word)),
    }
    return Object.assign(streams, { goaway }) as unknown as Record<string, Stream>
  }
  const presented = async (): Promise<string> => {
    const socket = (await secure('http/1.1')) as import('node:tls').TLSSocket
    const name = socket.getPeerCertificate().subject.CN
    socket.destroy()
    return String(name)
  }
  return { put, open, presented, backends, leaf }
}

const KINDS = ['HTTP/1.1', 'HTTP/2', 'WebSocket', 'TCP'] as const

test('routes, secrets, endpoints and other listeners change: every stream goes on', async () => {
  const { put, open, presented, backends, leaf } = await world()
  const streams = await open()
  let word = 0
  const allSpeak = async (): Promise<void> => {
    for (const kind of KINDS) {
      word++
      expect(await streams[kind]?.say(`word${word}`)).toBe(`WORD${word}`)
    }
  }
  await allSpeak()
  await put({ routes: 'two' })
  await allSpeak()
  expect(await presented()).toBe('first')
  await put({ secret: leaf('second') })
  // New handshakes get the new one.
  expect(await presented()).toBe('second')
  await allSpeak()
  await put({ endpoints: backends })
  await allSpeak()
  // Their own endpoint is gone for requests to come, not for them.
  await put({ endpoints: [backends[1] as number] })
  await allSpeak()
  await put({ other: false })
  await allSpeak()
})

describe('a listener that goes', () => {
  test('says so where there is a way to say it, and cuts what has not ended when its time is over', async () => {
    const { put, open } = await world(400)
    const streams = await open()
    for (const kind of KINDS) await streams[kind]?.say('here1')
    await put({ mine: false })
    expect(await (streams as unknown as { goaway: Promise<number> }).goaway).toBe(constants.NGHTTP2_NO_ERROR)
    // Until then they speak.
    for (const kind of KINDS) expect(await streams[kind]?.say('still2')).toBe('STILL2')
    for (const kind of KINDS) await streams[kind]?.ended
    // Nobody was told that his answer was whole.
    expect(streams['HTTP/1.1']?.text()).not.toContain('\r\n0\r\n')
  })
})
