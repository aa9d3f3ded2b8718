// The corpus of answers against a real gateway: what the client hears of each, what is logged, and whether the upstream connection serves again.
import { request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { tcpBackend } from '../engine/testing/backend.ts'
import { ask } from '../engine/testing/client.ts'
import { gateway } from '../engine/testing/gateway.ts'
import { cluster, endpoint, forward, route } from '../engine/testing/model.ts'
import { type ResponseCase, responses } from './responses.ts'

interface Heard {
  readonly status: number
  readonly body: string
  readonly headers: Record<string, unknown>
}

/** One request; `POST` keeps its body open until the answer is there. */
function hear(port: number, { method = 'GET', upgrade }: ResponseCase): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> =
      upgrade === undefined ? {} : { connection: 'upgrade', upgrade: 'websocket' }
    if (method === 'POST') headers['content-length'] = '1000'
    const request = httpRequest({ host: '127.0.0.1', port, method, headers, agent: false }, (response) => {
      let body = ''
      const done = (end: string): void => {
        resolve({ status: response.statusCode ?? 0, body: end, headers: response.headers })
        request.destroy()
      }
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('error', () => {})
      response.on('aborted', () => done('cut'))
      response.on('end', () => done(body))
    })
    request.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, body: '', headers: response.headers })
    })
    request.on('error', reject)
    if (method === 'POST') request.write('half')
    else request.end()
  })
}

/** An upstream that gives the case's answer to the first request it ever sees and a good one to all others. */
async function upstream({ answer }: ResponseCase): Promise<{ port: number; connections: () => number }> {
  let requests = 0
  let connections = 0
  const port = await tcpBackend((socket) => {
    connections++
    socket.setNoDelay()
    socket.on('data', (chunk: Buffer) => {
      if (!chunk.includes('\r\n\r\n')) return
      if (++requests === 1) play(socket, answer)
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnext')
    })
    socket.on('end', () => socket.end())
  })
  return { port, connections: () => connections }
}

/** Each piece is a read of its own at the other end, as far as that can be had. */
function play(socket: Socket, answer: ResponseCase['answer']): void {
  const [piece, ...rest] = answer
  if (piece === undefined || socket.destroyed) return
  if (piece === null) socket.end()
  else socket.write(piece, 'latin1', () => setImmediate(() => setImmediate(() => play(socket, rest))))
}

test('the corpus of answers is as large as it should be and names no case twice', () => {
  expect(responses.length).toBeGreaterThanOrEqual(90)
  expect(new Set(responses.map(({ name }) => name)).size).toBe(responses.length)
})

describe('an answer of the upstream', () => {
  test.each(responses.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { port: at, connections } = await upstream(one)
    const { port, logged } = await gateway([route(forward('app'))], [cluster('app', [endpoint(at)])])
    const heard = await hear(port, one)
    expect(heard.status).toBe(one.expect.status)
    if (one.expect.body !== undefined) expect(heard.body).toBe(one.expect.body)
    if (heard.status === 204) expect(heard.headers).not.toHaveProperty('content-length')
    while (logged().length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(logged()[0]).toMatchObject({ response_code: one.expect.status, response_flags: one.expect.flag })
    // Whatever the first answer was, it is never taken for that to the next request.
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect((await ask({ port })).body).toBe('next')
    expect(connections()).toBe(one.expect.reused ? 1 : 2)
  })
})
