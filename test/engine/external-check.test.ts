// Requests that wait for an authorizer: nothing is left behind when the client or the authorizer gives up, and bodies come through whole.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Authorizer } from '../../src/ir/authorizer.ts'
import { backend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import { cluster, endpoint, forward, route } from './testing/model.ts'

async function checked(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  rest: Partial<Authorizer> = {},
) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const authorizer: Authorizer = {
    name: 'authz',
    protocol: 'http',
    cluster: 'authz',
    timeoutMs: 60_000,
    failOpen: false,
    statusOnError: 403,
    pathPrefix: '',
    requestHeaders: [],
    addHeaders: [],
    upstreamOnAllow: [{ kind: 'present' }],
    downstreamOnDeny: [],
    downstreamOnAllow: [],
    origin: {},
    ...rest,
  }
  const all = { kind: 'all' as const, of: [] }
  const policies = [
    {
      name: 'p',
      action: 'custom' as const,
      origin: {},
      rules: [{ principals: all, permissions: all, origin: {} }],
    },
  ]
  const app = await backend()
  const served = await gateway(
    [route(forward('app'))],
    [
      cluster('app', [endpoint(app.port)]),
      cluster('authz', [endpoint((server.address() as AddressInfo).port)]),
    ],
    { filters: [{ kind: 'ext-authz', config: { policies, authorizer }, origin: {} }] },
  )
  return { ...served, app }
}

test('a client that goes away takes its question along', async () => {
  const happened: string[] = []
  const { port, app } = await checked((request) => {
    request.socket.once('close', () => happened.push('gone'))
    happened.push('asked')
  })
  const client = await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await expect.poll(() => happened).toEqual(['asked'])
  client.socket.destroy()
  await expect.poll(() => happened).toEqual(['asked', 'gone'])
  expect(app.seen).toEqual([])
})

test('an authorizer that says nothing in time, or too much, gives no leave', async () => {
  const silent = await checked(() => undefined, { timeoutMs: 20 })
  expect((await ask({ port: silent.port })).status).toBe(403)
  const endless = await checked((_, response) => void response.end('x'.repeat(1_000_001)))
  expect((await ask({ port: endless.port })).status).toBe(403)
  expect([...silent.app.seen, ...endless.app.seen]).toEqual([])
})

test('the body waits and comes through whole, whatever the authorizer saw of it', async () => {
  const seen: string[] = []
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      seen.push(body)
      setImmediate(() => response.end())
    })
  }
  const body = 'abcdefgh'.repeat(50_000)
  const blind = await checked(answer)
  expect((await ask({ port: blind.port, method: 'POST', body })).status).toBe(200)
  const partly = await checked(answer, { body: { maxBytes: 3, allowPartial: true, packAsBytes: false } })
  expect((await ask({ port: partly.port, method: 'POST', body })).status).toBe(200)
  expect(seen).toEqual(['', 'abc'])
  expect([blind, partly].map(({ app }) => app.seen[0]?.body.length)).toEqual([body.length, body.length])
})

test('a client that waits for 100 before its body is told to go on when the authorizer wants the body', async () => {
  const { port, app } = await checked((_, response) => void response.end(), {
    body: { maxBytes: 100, allowPartial: false, packAsBytes: false },
  })
  const client = await raw(
    port,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
  )
  await client.until('HTTP/1.1 100')
  client.write('ok')
  expect(await client.end()).toContain('HTTP/1.1 200')
  expect(app.seen[0]?.body).toBe('ok')
})

test('what an answer says cannot change where the message ends or who it is for', async () => {
  const { port, app } = await checked((_, response) => {
    response.setHeader('x-user', 'ann')
    response.setHeader('x-envoy-auth-headers-to-remove', 'host, x-gone')
    response.end('body of the authorizer')
  })
  const answer = await ask({
    port,
    method: 'POST',
    body: 'abc',
    headers: { host: 'shop.example', 'x-gone': 'x' },
  })
  expect(answer.status).toBe(200)
  const [got] = app.seen
  expect(got?.body).toBe('abc')
  expect(got?.headers).toMatchObject({ host: 'shop.example', 'x-user': 'ann' })
  expect(got?.headers['x-gone']).toBeUndefined()
})
