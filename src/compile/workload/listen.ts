// Where a proxy is reached for a port that users name: the Service port in front of it leads to the port it listens on.
import type { Bind } from '../../ir/listener.ts'
import { joinKey, query, type Read, splitKey } from '../graph/query.ts'
import { selects } from './pod-facts.ts'
import { type ProxyWorkload, proxyWorkload } from './proxies.ts'
import { serviceFacts, servicesIn, targetPortOf } from './services.ts'

/** A Service port in front of a proxy. */
interface Front {
  readonly service: string
  readonly port: number
  readonly target: number
  readonly addresses: readonly string[]
}

/** Every TCP port of every Service that selects the proxy's pods. */
const frontsOf = query<readonly Front[]>('fronts-of-proxy', (read, key) => {
  const proxy = read(proxyWorkload, key)
  if (proxy === undefined) return []
  return read(servicesIn, proxy.workload.namespace).flatMap((service) => {
    const facts = read(serviceFacts, service)
    if (facts?.selector === undefined || !selects(facts.selector, proxy.workload.labels)) return []
    return facts.ports
      .filter((port) => (port.protocol ?? 'TCP') === 'TCP')
      .flatMap((port) => {
        const target = targetPortOf(port, proxy.ports)
        const addresses = [...facts.clusterIps, ...facts.frontAddresses]
        return target === undefined ? [] : [{ service, port: port.port, target, addresses }]
      })
  })
})

export interface Listen {
  /** The port that the pods themselves listen on. */
  readonly port: number
  readonly binds: readonly Bind[]
  /** Whether a Service offers the port; if not, only the pods' own addresses do. */
  readonly offered: boolean
}

function bindsOf(proxy: ProxyWorkload, fronts: readonly Front[], target: number): readonly Bind[] {
  const own = proxy.addresses.map((address) => ({ address, port: target }))
  const front = fronts
    .filter((one) => one.target === target)
    .flatMap((one) => one.addresses.map((address) => ({ address, port: one.port })))
  const seen = new Set<string>()
  return [...own, ...front].filter((bind) => {
    const name = `${bind.address}:${bind.port}`
    if (seen.has(name)) return false
    seen.add(name)
    return true
  })
}

const listenQuery = query<Listen>('listen', (read, key) => {
  const [kind, namespace, name, port] = splitKey(key)
  const proxyKey = joinKey(kind, namespace, name)
  const proxy = read(proxyWorkload, proxyKey)
  const fronts = read(frontsOf, proxyKey)
  const front = fronts.find((one) => one.port === Number(port))
  const target = front?.target ?? Number(port)
  return {
    port: target,
    binds: proxy === undefined ? [] : bindsOf(proxy, fronts, target),
    offered: front !== undefined,
  }
})

/** Where the proxy with this key listens for `port`: first match among the Services in front of it, else the port itself (istio.md 1). */
export function listenFor(read: Read, proxyKey: string, port: number): Listen {
  return read(listenQuery, joinKey(proxyKey, port))
}

/** The addresses in front of a proxy, load balancers first: what an Ingress's status shows. */
export const publicAddresses = query<readonly string[]>('public-addresses', (read, key) => {
  const proxy = read(proxyWorkload, key)
  if (proxy === undefined) return []
  const fronts = read(servicesIn, proxy.workload.namespace).flatMap((service) => {
    const facts = read(serviceFacts, service)
    return facts?.selector !== undefined && selects(facts.selector, proxy.workload.labels)
      ? facts.frontAddresses
      : []
  })
  return [...new Set(fronts.length > 0 ? fronts : proxy.addresses)]
})
