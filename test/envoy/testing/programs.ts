// Programs behind the proxies of a random model: each tells what it saw, or misbehaves as the request's x-do header asks.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createH2c, createSecureServer, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'

/** Marks the request, so that an answer, a copy and a second try can be told whose they are. */
export const ASK = 'x-ask'

/** What a program saw of a request: header values joined as a list, whatever lines they came in. */
export interface Seen {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly version: string
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: number
  readonly tries: number
  /** The first try came over a connection that had carried another request. */
  readonly kept: boolean
}

type Kind = 'http1' | 'h2c' | 'h2'

export interface Program {
  readonly port: number
  /** By the mark of the request. */
  readonly seen: Map<string, Seen>
  close(): void
}

function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase()
    const value = raw[index + 1] ?? ''
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ','}${value}`
  }
  return headers
}

type Respond = ServerResponse | Http2ServerResponse

/** What x-do may ask for. `-once`: only of the first try. */
export const DEEDS = [
  ...['status-503', 'status-404', 'status-409', 'status-503-once', 'reset', 'reset-once', 'partial'],
  ...['trailers', 'grpc', 'grpc-14', 'grpc-14-once', 'cookies', 'hop', 'empty-204', 'not-modified'],
] as const

function act(deed: string, seen: Seen, response: Respond, socket: () => void): void {
  const again = seen.tries > 1 && deed.endsWith('-once')
  const [what = '', detail] = again ? [''] : deed.split('-')
  const body = JSON.stringify(seen)
  const base: Record<string, string | string[]> = {
    'content-type': 'application/json',
    server: 'app',
    'x-e': '1',
    'x-b': 'up',
  }
  const write = response.writeHead.bind(response) as (status: number, headers: object) => void
  const say = response.end.bind(response) as (text?: string) => void
  switch (what) {
    case 'reset':
      socket()
      return
    case 'partial':
      write(200, { ...base, 'content-length': '100000' })
      ;(response.write as (text: string) => boolean)('partial')
      setTimeout(socket, 20)
      return
    case 'status':
      write(Number(detail), base)
      say(body)
      return
    case 'empty':
      write(204, base)
      say()
      return
    case 'not':
      write(304, { ...base, etag: '"1"' })
      say()
      return
    case 'cookies':
      write(200, { ...base, 'set-cookie': ['a=1', 'b=2'] })
      say(body)
      return
    case 'hop':
      write(200, seen.version.startsWith('1') ? { ...base, connection: 'x-hop', 'x-hop': '1' } : base)
      say(body)
      return
    case 'trailers':
      if (seen.method === 'HEAD') break
      write(200, seen.version.startsWith('1') ? { ...base, trailer: 'x-last' } : base)
      response.addTrailers({ 'x-last': '1' })
      say(body)
      return
    case 'grpc':
      if (detail !== undefined) {
        write(200, {
          ...base,
          'content-type': 'application/grpc',
          'grpc-status': detail,
          'grpc-message': 'program says no',
        })
        say()
        return
      }
      write(200, { ...base, 'content-type': 'application/grpc' })
      if (seen.method !== 'HEAD') response.addTrailers({ 'grpc-status': '0' })
      say(body)
      return
  }
  write(200, base)
  say(body)
}

/** A program that listens; `h2` asks for a certificate of its own. */
export async function program(
  name: string,
  kind: Kind,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Program> {
  const seen = new Map<string, Seen>()
  const sockets = new Set<Socket>()
  const used = new WeakSet<Socket>()
  const tell = (
    request: Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'socket'>,
    raw: readonly string[],
  ) => {
    const { [ASK]: mark = '', ...headers } = joined(
      raw.filter((_, index) => !raw[index - (index % 2)]?.startsWith(':')),
    )
    const before = seen.get(mark)
    const tries = (before?.tries ?? 0) + 1
    const kept = before?.kept ?? used.has(request.socket)
    used.add(request.socket)
    return (bytes: number): Seen => {
      const authority = raw[raw.indexOf(':authority') + 1]
      const one: Seen = {
        name,
        method: request.method ?? '',
        path: request.url ?? '',
        version: request.httpVersion,
        headers: raw.includes(':authority') ? { host: authority ?? '', ...headers } : headers,
        bytes,
        tries,
        kept,
      }
      seen.set(mark, one)
      return one
    }
  }
  const serve = (request: IncomingMessage, response: Respond): void => {
    const known = tell(request, request.rawHeaders)
    let bytes = 0
    request.on('error', () => {})
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => {
      const stream = 'stream' in response ? response.stream : undefined
      if (stream?.destroyed) return
      const cut = () => (stream ? stream.close(2) : request.socket.destroy())
      act(String(request.headers['x-do'] ?? ''), known(bytes), response, cut)
    })
  }
  const server =
    kind === 'http1'
      ? createServer(serve)
      : kind === 'h2c'
        ? createH2c({}, serve as never)
        : createSecureServer({ ...tls, allowHTTP1: false }, serve as never)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  if (kind === 'http1')
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      const one = tell(request, request.rawHeaders)(0)
      const head = [
        'HTTP/1.1 101 Switching Protocols',
        'connection: Upgrade',
        'upgrade: websocket',
        'x-b: up',
      ]
      socket.end(`${head.join('\r\n')}\r\n\r\n${JSON.stringify(one)}`)
    })
  await new Promise<void>((resolve) => (server as Server).listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
