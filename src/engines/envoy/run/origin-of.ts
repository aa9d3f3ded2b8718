// The place in the user's objects that a refused resource was made of.
import type { Origin } from '../../../diagnostics/origin.ts'
import type { FilterChain } from '../../../ir/listener.ts'
import type { Proxy } from '../../../ir/proxy.ts'
import type { RouteTable, VirtualHost } from '../../../ir/route.ts'
import type { ResourceType } from './resource-types.ts'

const tablesOf = (proxy: Proxy): readonly RouteTable[] =>
  proxy.listeners
    .flatMap(({ filterChains }) => filterChains)
    .flatMap(({ handler }: FilterChain) => (handler.kind === 'http' ? [handler.routes] : []))

/** Envoy quotes what it cannot read: the route that holds the quoted text is meant. */
function inHost(host: VirtualHost, message: string): Origin {
  const quoted = (value: unknown): boolean =>
    typeof value === 'string'
      ? value.length > 1 && message.includes(value)
      : typeof value === 'object' && value !== null && Object.values(value).some(quoted)
  const route = host.routes.find(({ match, action }) => quoted(match) || quoted(action))
  return route?.origin ?? host.origin
}

/** The origin of a resource that Envoy refused with this message; that of the proxy when nothing nearer is known. */
export function originOf(proxy: Proxy, type: ResourceType, name: string, message: string): Origin {
  const tables = tablesOf(proxy)
  const found = (): Origin | undefined => {
    switch (type) {
      case 'clusters':
      case 'endpoints':
        return proxy.clusters.find((one) => one.name === name)?.origin
      case 'listeners':
        return proxy.listeners.find((one) => one.name === name)?.origin
      case 'routes':
        return tables.find((one) => one.name === name)?.origin
      case 'virtualHosts': {
        const hosts = tables.flatMap((table) =>
          table.virtualHosts.filter((host) => `${table.name}/${host.name}` === name),
        )
        return hosts[0] && inHost(hosts[0], message)
      }
      case 'secrets':
        return undefined
    }
  }
  return found() ?? proxy.origin
}
