// One request over a connection of its own: HTTP/1.1 or HTTP/2, plaintext or TLS, with every oddity that a scenario may draw.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Asked } from './draw-request.ts'
import { ASK } from './programs.ts'

/** What came back over the wire. */
export interface Received {
  /** No head of a response came: the connection was closed, in the handshake or after it. */
  readonly refused?: true
  /** The response ended before it was whole. */
  readonly cut?: true
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly trailers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Door {
  readonly port: number
  readonly client?: { readonly chain: string; readonly key: string } | undefined
  readonly mark: string
}

const PATIENCE_MS = 10_000

function open(asked: Asked, { port, client }: Door): Socket {
  if (!asked.tls) return connectPlain({ host: '127.0.0.1', port })
  return connectTls({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ALPNProtocols: asked.protocol === 'http2' ? ['h2'] : ['http/1.1'],
    ...(asked.sni === '' ? {} : { servername: asked.sni }),
    ...(client ? { cert: client.chain, key: client.key } : {}),
  })
}

function flat(headers: IncomingHttpHeaders | NodeJS.Dict<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(' | ') : String(value)]),
  )
}

/** The fields of a request in order: Host, the mark, what was drawn, what frames the body. */
function fields(asked: Asked, mark: string): readonly (readonly [string, string])[] {
  const { body, framing } = asked
  const length = body > 0 && framing !== 'chunked' ? [['content-length', String(body)] as const] : []
  return [
    [ASK, mark],
    ...asked.headers,
    ...length,
    ...(body > 0 && framing === 'expect' ? [['expect', '100-continue'] as const] : []),
  ]
}

/** Sends it and waits for the whole answer. */
export function send(asked: Asked, door: Door): Promise<Received> {
  const socket = open(asked, door)
  const answer = asked.protocol === 'http2' ? overHttp2(asked, door, socket) : overHttp1(asked, door, socket)
  return answer.finally(() => socket.destroy())
}

function overHttp1(asked: Asked, { mark }: Door, socket: Socket): Promise<Received> {
  return new Promise((resolve) => {
    let head: IncomingMessage | undefined
    const lost = () =>
      resolve(head === undefined ? { refused: true } : { cut: true, status: head.statusCode ?? 0 })
    socket.on('error', lost)
    const chunked = asked.body > 0 && asked.framing === 'chunked' ? ['transfer-encoding', 'chunked'] : []
    const upgrade = asked.upgrade === undefined ? [] : ['connection', 'upgrade', 'upgrade', asked.upgrade]
    const call = httpRequest({
      createConnection: () => socket,
      setHost: false,
      method: asked.method,
      path: asked.absolute ? `http://${asked.absolute}${asked.path}` : asked.path,
      headers: ['host', asked.host, ...fields(asked, mark).flat(), ...chunked, ...upgrade] as never,
    })
    call.setTimeout(PATIENCE_MS, () => call.destroy())
    call.on('error', lost)
    const whole = (response: IncomingMessage, body: string): void =>
      resolve({
        status: response.statusCode ?? 0,
        headers: flat(response.headers),
        trailers: flat(response.trailers),
        body,
      })
    call.on('response', (response) => {
      head = response
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', lost)
      response.on('aborted', lost)
      response.on('end', () => whole(response, text))
    })
    call.on('upgrade', (response, tunnel, first) => {
      let text = first.toString()
      tunnel.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      tunnel.on('close', () => whole(response, text))
      tunnel.on('end', () => whole(response, text))
    })
    if (asked.framing === 'expect' && asked.body > 0) {
      call.flushHeaders()
      call.on('continue', () => call.end('x'.repeat(asked.body)))
    } else call.end(asked.body > 0 ? 'x'.repeat(asked.body) : undefined)
  })
}

function overHttp2(asked: Asked, { mark }: Door, socket: Socket): Promise<Received> {
  return new Promise((resolve) => {
    let head: IncomingHttpHeaders | undefined
    let trailers: IncomingHttpHeaders = {}
    const lost = () =>
      resolve(head === undefined ? { refused: true } : { cut: true, status: Number(head[':status'] ?? 0) })
    socket.on('error', lost)
    const session = connectHttp2('http://pair.test', { createConnection: () => socket })
    session.on('error', lost)
    session.on('close', lost)
    session.setTimeout(PATIENCE_MS, () => session.destroy())
    const headers: Record<string, string | string[]> = {
      ':method': asked.method,
      ':scheme': asked.tls ? 'https' : 'http',
      ':authority': asked.host,
      ':path': asked.path,
    }
    for (const [name, value] of fields(asked, mark)) {
      const before = headers[name]
      headers[name] = before === undefined ? value : [before, value].flat()
    }
    const call = session.request(headers, { endStream: asked.body === 0 })
    let text = ''
    call.setEncoding('utf8')
    call.on('error', lost)
    call.on('response', (given) => {
      head = given
    })
    call.on('trailers', (given) => {
      trailers = given
    })
    call.on('data', (chunk: string) => {
      text += chunk
    })
    // A body that waits for a word to continue is not wanted any more.
    call.on('end', () => call.close())
    call.on('close', () => {
      if (head === undefined || call.rstCode !== 0) lost()
      else
        resolve({
          status: Number(head[':status'] ?? 0),
          headers: flat(head),
          trailers: flat(trailers),
          body: text,
        })
      session.destroy()
    })
    if (asked.body > 0) {
      const rest = () => call.end('x'.repeat(asked.body))
      if (asked.framing === 'expect') call.on('continue', rest)
      else rest()
    }
  })
}
