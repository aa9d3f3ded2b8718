// A plaintext gateway on the engine, for tests of what happens to requests.
import type { Cluster } from '../../../src/ir/cluster.ts'
import type { HttpManager } from '../../../src/ir/listener.ts'
import type { Route } from '../../../src/ir/route.ts'
import { type TestEngine, testEngine } from './engine.ts'
import { chain, freePort, listener, manager, proxy, table, virtualHost } from './model.ts'

export interface Gateway extends TestEngine {
  readonly port: number
  /** The access log as objects. */
  logged(): Record<string, unknown>[]
}

/** One listener, one virtual host `*` with the routes, or a manager made by hand. */
export async function gateway(
  routes: readonly Route[] | HttpManager,
  clusters: readonly Cluster[],
  rest: Partial<HttpManager> = {},
): Promise<Gateway> {
  const port = await freePort()
  const engine = testEngine()
  const handler: HttpManager =
    'kind' in routes
      ? { ...routes, ...rest }
      : manager(table(virtualHost(['*'], routes as readonly Route[])), { accessLog: 'istio-json', ...rest })
  const rejected = await engine.use(proxy('gateway', [listener(port, [chain(handler)])], clusters))
  if (rejected.length > 0) throw new Error(JSON.stringify(rejected))
  return {
    ...engine,
    port,
    logged: () => engine.log.map(({ line }) => JSON.parse(line) as Record<string, unknown>),
  }
}
