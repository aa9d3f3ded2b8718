// What an engine says of listeners that it does not hold itself: every bind of the model, each open or not.
import type { Bind } from '../ir/listener.ts'
import type { Proxy } from '../ir/proxy.ts'
import type { EngineStatus } from './engine.ts'

/** A row per bind of each proxy; `isListening` tells which are open. */
export function proxyStatus(
  proxies: readonly Proxy[],
  isListening: (proxy: Proxy, bind: Bind) => boolean,
): EngineStatus['proxies'] {
  return proxies.map((proxy) => ({
    id: proxy.id,
    listeners: proxy.listeners.flatMap(({ name, binds }) =>
      binds.map((bind) => ({
        name,
        address: bind.address,
        port: bind.port,
        state: isListening(proxy, bind) ? ('listening' as const) : ('failed' as const),
      })),
    ),
  }))
}
