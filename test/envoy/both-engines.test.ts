// What Envoy does at places that no drawn request reaches, and the Node engine after it.
import { request as httpRequest } from 'node:http'
import { connect } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Engine } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { Cluster } from '../../src/ir/cluster.ts'
import type { RetryPolicy, Route } from '../../src/ir/route.ts'
import { backend } from '../engine/testing/backend.ts'
import { TestBlobs } from '../engine/testing/certificates.ts'
import { ask } from '../engine/testing/client.ts'
import { deaf } from '../engine/testing/deaf.ts'
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
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { realEnvoy } from './testing/engine.ts'

const options = {
  locate: (host: string, port: number) => ({ host, port }),
  accessLog: () => {},
  report: () => {},
}
const engines: readonly (readonly [string, boolean, () => Promise<Engine>])[] = [
  ['node', false, async () => createNodeEngine(options)],
  [
    `Envoy ${envoyBinary === undefined ? needsEnvoy : ''}`,
    envoyBinary === undefined,
    () => realEnvoy(options),
  ],
]

for (const [name, skipped, start] of engines) {
  describe.skipIf(skipped)(name, () => {
    async function serve(routes: readonly Route[], clusters: readonly Cluster[]): Promise<number> {
      const engine = await start()
      onTestFinished(() => engine.close())
      const port = await freePort()
      const handler = manager(table(virtualHost(['*'], routes)))
      const model = { proxies: [proxy('g', [listener(port, [chain(handler)])], clusters)] }
      const { rejected } = await engine.apply({ version: 1, model, blobs: new TestBlobs() })
      expect(rejected).toEqual([])
      return port
    }

    test('which content types are gRPC, for an answer of the proxy’s own', async () => {
      const port = await serve([route(forward('none'))], [cluster('none', [])])
      const types = [
        'application/grpc',
        'application/grpc+proto',
        'application/grpc;charset=utf-8',
        'application/grpc; x',
        'application/grpc-web',
        'Application/gRPC',
        'application/grpcx',
      ]
      const client = connect(`http://127.0.0.1:${port}`)
      onTestFinished(() => client.destroy())
      const taken: string[] = []
      for (const type of types) {
        const stream = client.request(
          { ':path': '/', ':method': 'POST', 'content-type': type },
          { endStream: true },
        )
        const status = await new Promise((resolve, reject) => {
          stream.on('response', (headers) => resolve(headers[':status'])).on('error', reject)
        })
        // Whoever speaks gRPC gets 200 and a grpc-status.
        if (status === 200) taken.push(type)
        else expect(status).toBe(503)
      }
      expect(taken).toEqual(['application/grpc', 'application/grpc+proto'])
    })

    const perTry = (attempts: number, perTryTimeoutMs: number): RetryPolicy => ({
      attempts,
      on: ['connect-failure'],
      perTryTimeoutMs,
    })

    test('the time for a try begins when the request is whole', async () => {
      const app = await backend()
      const slow = route(forward('app', { retry: perTry(1, 300) }))
      const port = await serve([slow], [cluster('app', [endpoint(app.port)])])
      const status = await new Promise((resolve, reject) => {
        const request = httpRequest({ host: '127.0.0.1', port, method: 'POST', agent: false }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
        request.on('error', reject)
        request.write('begin')
        setTimeout(() => request.end('end'), 1_000)
      })
      expect(status).toBe(200)
      expect(app.seen.map(({ body }) => body)).toEqual(['beginend'])
    })

    test('the time for a try begins when there is a connection', async (context) => {
      const silent = (await deaf()) ?? context.skip('this kernel takes every connection')
      const far = cluster('app', [endpoint(silent)], { connectTimeoutMs: 600 })
      const port = await serve([route(forward('app', { retry: perTry(1, 100) }))], [far])
      const { status, body } = await ask({ port })
      expect([status, body]).toEqual([503, expect.stringContaining('connection timeout')])
    })

    test('a program that takes too long has so much time for each try', async () => {
      const app = await backend((_seen, response) => void response)
      const port = await serve(
        [route(forward('app', { retry: { ...perTry(2, 100), on: ['5xx'] } }))],
        [cluster('app', [endpoint(app.port)])],
      )
      expect((await ask({ port, method: 'POST', body: 'whole' })).status).toBe(504)
      expect(app.seen.map(({ body }) => body)).toEqual(['whole', 'whole', 'whole'])
    })
  })
}
