// Every address belongs to one listener: where a Service selects the pods of two proxies, the first by id has its addresses.
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts'
import type { Bind, Listener } from '../ir/listener.ts'
import type { Proxy } from '../ir/proxy.ts'

export interface Settled {
  readonly proxies: readonly Proxy[]
  readonly diagnostics: readonly Diagnostic[]
}

const textOf = ({ address, port }: Bind): string => `${address}:${port}`

/** The proxies without the addresses that another has already, and a finding per address. */
export function settleBinds(proxies: readonly Proxy[]): Settled {
  const owners = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  const settle = (proxy: Proxy, listener: Listener): Listener => {
    const free = listener.binds.filter((bind) => {
      const owner = owners.get(textOf(bind))
      if (owner === undefined) {
        owners.set(textOf(bind), proxy.id)
        return true
      }
      const message = `${textOf(bind)} already belongs to ${owner}; ${proxy.id} is reached at its other addresses only.`
      diagnostics.push(diagnostic('SP0713', proxy.origin, message))
      return false
    })
    return free.length === listener.binds.length ? listener : { ...listener, binds: free }
  }
  return {
    proxies: proxies.map((proxy) => {
      const listeners = proxy.listeners.map((listener) => settle(proxy, listener))
      return listeners.every((listener, index) => listener === proxy.listeners[index])
        ? proxy
        : { ...proxy, listeners }
    }),
    diagnostics,
  }
}
