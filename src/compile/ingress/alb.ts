// The ALB as a proxy: one listener for HTTP, one for HTTPS, a virtual host per host, a filter chain per host with a certificate.
import type { FilterChain, HttpManager, Listener } from '../../ir/listener.ts'
import { albProfile } from '../../ir/profiles.ts'
import type { Proxy } from '../../ir/proxy.ts'
import type { RouteTable, VirtualHost } from '../../ir/route.ts'
import { POD } from '../../resources/kinds.ts'
import { readObject } from '../graph/inputs.ts'
import { query, type Read, splitKey } from '../graph/query.ts'
import { listenFor } from '../workload/listen.ts'
import { proxyWorkload } from '../workload/proxies.ts'
import { compiledIngress } from './ingress.ts'
import { hostClaims, hostOwner } from './owners.ts'
import { unknownHost, unknownPath } from './pages.ts'

const manager: Omit<HttpManager, 'statPrefix' | 'routes'> = {
  ...albProfile,
  server: { mode: 'remove' },
  forwardClientCert: { mode: 'sanitize', details: [] },
  clientAddress: { useRemoteAddress: true, trustedHops: 0 },
}

/** The virtual host of a host; the same on both listeners. */
const virtualHost = query<VirtualHost | undefined>('alb-virtual-host', (read, host) => {
  const owner = read(hostOwner, host)
  const compiled = owner === undefined ? undefined : read(compiledIngress, owner).hosts.get(host)
  if (compiled === undefined) return undefined
  return {
    name: host,
    domains: [host],
    routes: compiled.routes,
    fallback: unknownPath,
    origin: compiled.origin,
  }
})

/** What of a host's filter chain does not depend on other hosts. */
const chainOf = query<Omit<FilterChain, 'handler'> | undefined>('alb-chain', (read, host) => {
  const owner = read(hostOwner, host) ?? ''
  const compiled = read(compiledIngress, owner).hosts.get(host)
  const tls = compiled?.tls
  if (compiled === undefined || tls === undefined) return undefined
  const certificates = 'certificate' in tls ? [tls.certificate] : []
  return {
    name: host,
    match: { transport: 'tls', ...(host === '*' ? {} : { serverNames: [host] }) },
    tls: {
      certificates,
      alpn: ['http/1.1'],
      clientCertificate: { mode: 'none' },
      minVersion: '1.2',
    },
    ...('refuse' in tls ? { refuse: { reason: tls.refuse.code, message: tls.refuse.message } } : {}),
    origin: tls.origin,
  }
})

const table = (name: string, virtualHosts: readonly VirtualHost[], origin: Proxy['origin']): RouteTable => ({
  name,
  virtualHosts,
  fallback: unknownHost,
  origin,
})

function listener(
  read: Read,
  key: string,
  port: number,
  chains: readonly FilterChain[],
  origin: Proxy['origin'],
): Listener {
  const listen = listenFor(read, key, port)
  return { name: `0.0.0.0_${listen.port}`, binds: listen.binds, filterChains: chains, origin }
}

/** The ALB with this key (`alb namespace workload`). */
export const albProxy = query<Proxy | undefined>('alb', (read, key) => {
  const proxy = read(proxyWorkload, key)
  const pod = proxy && readObject(read, POD, proxy.pod)
  if (proxy === undefined || pod === undefined) return undefined
  const origin = pod.origin('')
  const claims = read(hostClaims, '')
  const hosts = [...claims.keys()]
  const owners = [...new Set([...claims.values()].map(([owner]) => owner ?? ''))]
  const plain: HttpManager = {
    ...manager,
    statPrefix: 'alb_http',
    routes: table(
      'http',
      hosts.flatMap((host) => read(virtualHost, host) ?? []),
      origin,
    ),
  }
  const chains = hosts.flatMap((host) => read(chainOf, host) ?? [])
  const secureHosts = new Set(chains.map((chain) => chain.name))
  const secure: HttpManager = {
    ...manager,
    statPrefix: 'alb_https',
    routes: table(
      'https',
      hosts.filter((host) => secureHosts.has(host)).flatMap((host) => read(virtualHost, host) ?? []),
      origin,
    ),
  }
  const [, , name] = splitKey(key)
  return {
    id: `alb/${name}`,
    kind: 'alb',
    workload: proxy.workload,
    addresses: proxy.addresses,
    listeners: [
      listener(read, key, 80, [{ name: 'http', match: {}, handler: plain, origin }], origin),
      listener(
        read,
        key,
        443,
        chains.map((chain) => ({ ...chain, handler: secure })),
        origin,
      ),
    ],
    clusters: owners
      .flatMap((owner) => read(compiledIngress, owner).clusters)
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    origin,
  }
})
