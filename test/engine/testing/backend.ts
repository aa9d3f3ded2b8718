// Upstreams for tests: an ordinary one that tells what it saw, and one whose every byte the test decides.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

export interface Backend {
  readonly port: number
  readonly seen: Seen[]
  /** Connections accepted so far. */
  readonly connections: () => number
}

/** Answers 200 with what it saw as JSON, unless `answer` does something else. */
export async function backend(
  answer?: (seen: Seen, response: ServerResponse, request: IncomingMessage) => void,
): Promise<Backend> {
  const seen: Seen[] = []
  let connections = 0
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('latin1'),
      }
      seen.push(one)
      if (answer === undefined) response.end(JSON.stringify(one))
      else answer(one, response, request)
    })
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, seen, connections: () => connections }
}

/** Hands each connection over. */
export async function tcpBackend(serve: (socket: Socket, number: number) => void): Promise<number> {
  const sockets = new Set<Socket>()
  let number = 0
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    serve(socket, ++number)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Answers every head that comes on a connection with the next of `answers`; null closes, undefined says nothing. */
export function scripted(answers: readonly (string | null | undefined)[]): Promise<number> {
  let at = 0
  return tcpBackend((socket) => {
    socket.on('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1').includes('\r\n\r\n')) return
      const answer = answers[at++]
      if (answer === null) socket.destroy()
      else if (answer !== undefined) socket.write(answer, 'latin1')
    })
    socket.on('end', () => socket.end())
  })
}

/** Answers the first bytes of a connection with a body that does not end, as fast as it is read. */
export async function endless(): Promise<{
  readonly port: number
  /** Bytes written so far. */
  readonly written: () => number
  /** Resolves when a connection is over. */
  readonly left: Promise<void>
}> {
  let written = 0
  let leave = (): void => {}
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  const port = await tcpBackend((socket) => {
    socket.on('close', leave)
    socket.on('end', () => socket.end())
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n')
      const piece = Buffer.alloc(64 * 1024)
      const more = (): void => {
        if (socket.destroyed) return
        written += piece.length
        if (socket.write(piece)) setImmediate(more)
        else socket.once('drain', more)
      }
      more()
    })
  })
  return { port, written: () => written, left }
}
