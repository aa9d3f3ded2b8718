// The proxies between: one of either profile, or the two in a chain whose hops meet in memory.
import type { HttpManager } from '../../../src/ir/listener.ts'
import type { Route } from '../../../src/ir/route.ts'
import { type TestEngine, testEngine } from '../../engine/testing/engine.ts'
import {
  albManager,
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
} from '../../engine/testing/model.ts'
import { Upstream } from './upstream.ts'

export interface World {
  readonly port: number
  readonly upstream: Upstream
  readonly proxies: readonly string[]
  /** Log lines since the last call. */
  logged(): readonly { readonly proxy: string; readonly line: Readonly<Record<string, unknown>> }[]
  /** Requests that the proxies have in hand. */
  active(): Promise<number>
}

const at = (prefix: string, action: Route['action'], rest: Partial<Route> = {}): Route =>
  route(action, { name: prefix, match: { path: { kind: 'prefix', value: prefix } }, ...rest })

const RETRY = { attempts: 2, on: ['5xx', 'reset', 'connect-failure'], backoffMs: 1 }
/** Bytes of a body on the route with a limit. */
export const LIMIT = 64

function routes(to: string): readonly Route[] {
  return [
    at('/own/', { kind: 'direct-response', status: 200, body: 'own' }),
    at('/limited/', forward(to), {
      filters: [{ kind: 'body-limit', config: { bytes: LIMIT }, origin: {} }],
    }),
    at('/retry/', forward(to, { retry: RETRY })),
    route(forward(to)),
  ]
}

const LOG: Partial<HttpManager> = { accessLog: 'istio-json' }

export async function world(kind: 'istio' | 'alb' | 'joined'): Promise<World> {
  const upstream = new Upstream()
  await upstream.open()
  const engine: TestEngine = testEngine(undefined, { hops: 'memory' })
  const port = await freePort()
  const app = cluster('app', [endpoint(upstream.port)])
  const handler = (to: string, make: typeof manager): HttpManager =>
    make(table(virtualHost(['*'], routes(to))), LOG)
  if (kind === 'joined') {
    const inner = await freePort()
    await engine.use(
      proxy(
        'outer',
        [listener(port, [chain(handler('inner', albManager))])],
        [cluster('inner', [endpoint(inner)])],
      ),
      proxy('inner', [listener(inner, [chain(handler('app', manager))])], [app]),
    )
  } else {
    const make = kind === 'alb' ? albManager : manager
    await engine.use(proxy('outer', [listener(port, [chain(handler('app', make))])], [app]))
  }
  let told = 0
  return {
    port,
    upstream,
    proxies: kind === 'joined' ? ['outer', 'inner'] : ['outer'],
    logged: () => {
      const lines = engine.log.slice(told)
      told = engine.log.length
      return lines.map(({ proxy: id, line }) => ({ proxy: id, line: JSON.parse(line) }))
    },
    active: async () => {
      const counts = (await engine.engine.metrics()).matchAll(/^sallyport_requests_active\{[^}]*\} (\d+)/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    },
  }
}
