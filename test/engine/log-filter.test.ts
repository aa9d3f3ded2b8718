// The filter of an access log: the same lines on the Node engine and on Envoy.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Engine, EngineOptions } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import { envoyBinary } from '../envoy/testing/binary.ts'
import { realEnvoy } from '../envoy/testing/engine.ts'
import { backend } from './testing/backend.ts'
import { TestBlobs } from './testing/certificates.ts'
import { ask } from './testing/client.ts'
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

const engines: readonly (readonly [string, (options: EngineOptions) => Engine | Promise<Engine>])[] = [
  ['node', (options) => createNodeEngine(options)],
  ...(envoyBinary === undefined ? [] : [['envoy', (options: EngineOptions) => realEnvoy(options)] as const]),
]

/** The paths that are logged with a filter, of a handful of requests. */
async function logged(
  start: (typeof engines)[number][1],
  accessLogFilter: string,
): Promise<readonly string[]> {
  const app = await backend((seen, response) => {
    response.writeHead(Number(seen.url.slice(1)) || 200).end()
  })
  const port = await freePort()
  const lines: string[] = []
  let wake = () => {}
  const engine = await start({
    locate: (host, at) => ({ host, port: at }),
    accessLog: (_proxy, line) => {
      lines.push(line)
      wake()
    },
    report: () => {},
  })
  onTestFinished(() => engine.close())
  const handler = manager(table(virtualHost(['*'], [route(forward('app'), { name: 'all' })])), {
    accessLog: 'istio-text',
    accessLogFilter: `request.path == '/last' || (${accessLogFilter})`,
  })
  const model = {
    proxies: [proxy('gw', [listener(port, [chain(handler)])], [cluster('app', [endpoint(app.port)])])],
  }
  expect((await engine.apply({ version: 1, model, blobs: new TestBlobs() })).rejected).toEqual([])
  for (const path of ['/200', '/404', '/503']) {
    await ask({ port, path, headers: { host: 'h.test', ...(path === '/404' ? { 'x-debug': 'yes' } : {}) } })
  }
  await ask({ port, path: '/last', headers: { host: 'h.test' } })
  while (!lines.some((line) => line.includes('/last'))) await new Promise<void>((resolve) => (wake = resolve))
  return lines.map((line) => /"GET (\S+)/.exec(line)?.[1] ?? line).filter((path) => path !== '/last')
}

describe.each(engines)('on %s', (_name, start) => {
  test.each([
    ['response.code >= 400', ['/404', '/503']],
    ["request.headers['x-debug'] == 'yes'", ['/404']],
    ["'x-debug' in request.headers", ['/404']],
    ["request.method == 'GET' && request.host == 'h.test' && !(response.code in [404, 503])", ['/200']],
    ["xds.route_name == 'all' && request.url_path.startsWith('/5')", ['/503']],
    // Of an attribute that is absent nothing is true.
    ["connection.requested_server_name == 'a.test'", []],
    ['response.grpc_status == 0', []],
    ['connection.mtls', []],
  ])('%s', async (expression, paths) => {
    expect(await logged(start, expression)).toEqual(paths)
  })
})
