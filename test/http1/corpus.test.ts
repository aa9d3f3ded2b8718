// The corpus against a real listener with a real backend behind it: what the client hears, and what arrived.
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
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
} from '../engine/testing/model.ts'
import { type Case, corpus } from './corpus.ts'

let engine: Engine
let backend: Server
let port = 0
let arrived: string[] = []

beforeAll(async () => {
  backend = createServer({ maxHeaderSize: 128 * 1024 }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      arrived.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString('latin1')}`)
      response.end('<end>')
    })
  })
  // Methods that Node does not know end the connection there; the backend then answers for itself.
  backend.on('clientError', (_error, socket) => {
    const line =
      ((_error as { rawPacket?: Buffer }).rawPacket ?? Buffer.alloc(0)).toString('latin1').split('\r\n')[0] ??
      ''
    arrived.push(line.replace(/HTTP\/1.1$/, ''))
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n<end>')
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  port = await freePort()
  engine = createNodeEngine({
    locate: (host, port) => ({ host, port }),
    accessLog: () => {},
    report: () => {},
  })
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  const backendPort = (backend.address() as AddressInfo).port
  const gateway = proxy(
    'gateway',
    [listener(port, [chain(handler)])],
    [cluster('app', [endpoint(backendPort)])],
  )
  await engine.apply({ version: 1, model: { proxies: [gateway] }, blobs: { get: () => undefined } })
})

afterAll(async () => {
  await engine.close()
  backend.closeAllConnections()
  backend.close()
})

/** Sends bytes cut into pieces and collects status lines until all that are due came, or the connection ended. */
function send(
  pieces: readonly Buffer[],
  due: Case,
): Promise<{ readonly statuses: number[]; readonly closed: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const statuses = (): number[] =>
      [...text.matchAll(/(?:^|<end>|\r\n\r\n)HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))
    socket.setNoDelay()
    // Only a case that went wrong gets here.
    socket.setTimeout(5_000, () => {
      resolve({ statuses: statuses(), closed: false })
      socket.destroy()
    })
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(piece)
    })
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const good = due.statuses.filter((status) => status === 200).length
      // Who is refused is also shown out; who is not may stay.
      if (good === due.statuses.length && text.split('<end>').length > good) {
        resolve({ statuses: statuses(), closed: false })
        socket.destroy()
      }
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('close', () => resolve({ statuses: statuses(), closed: true }))
  })
}

test('the corpus is as large as it should be and names no case twice', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(140)
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length)
})

describe.each([
  ['in one piece', (bytes: Buffer) => [bytes]],
  [
    'cut in two',
    (bytes: Buffer) => [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)],
  ],
])('%s', (_how, cut) => {
  test.each(corpus.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    arrived = []
    const { statuses } = await send(cut(Buffer.from(one.bytes, 'latin1')), one)
    expect(statuses).toEqual(one.statuses)
    expect(arrived).toEqual(one.arrived)
  })
})
