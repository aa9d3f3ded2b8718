// The ALB as a proxy: a listener per port, a virtual host per host, a filter chain per host with a certificate.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { FilterChain, HttpManager, Listener } from '../../ir/listener.ts'
import { albProfile } from '../../ir/profiles.ts'
import type { Proxy } from '../../ir/proxy.ts'
import type { RouteTable, VirtualHost } from '../../ir/route.ts'
import { POD } from '../../resources/kinds.ts'
import { readObject } from '../graph/inputs.ts'
import { joinKey, query, type Read, splitKey } from '../graph/query.ts'
import { observed, withCollectors } from '../telemetry/observe.ts'
import { listenFor } from '../workload/listen.ts'
import { proxyWorkload } from '../workload/proxies.ts'
import { compiledIngress, type IngressHost } from './ingress.ts'
import { hostClaims, hostOwner } from './owners.ts'
import { unknownHost, unknownPath } from './pages.ts'

const manager: Omit<HttpManager, 'statPrefix' | 'routes'> = {
  ...albProfile,
  server: { mode: 'remove' },
  forwardClientCert: { mode: 'sanitize', details: [] },
  clientAddress: { useRemoteAddress: true, trustedHops: 0 },
}

function hostOf(read: Read, host: string): IngressHost | undefined {
  const owner = read(hostOwner, host)
  return owner === undefined ? undefined : read(compiledIngress, owner).hosts.get(host)
}

/** The virtual host of a host; the same on all ports. */
const virtualHost = query<VirtualHost | undefined>('alb-virtual-host', (read, host) => {
  const compiled = hostOf(read, host)
  if (compiled === undefined) return undefined
  const { routes, requireTls, hsts, origin } = compiled
  return {
    name: host,
    domains: [host],
    routes,
    fallback: unknownPath,
    ...(requireTls ? { requireTls: { status: 301 } } : {}),
    ...(hsts === undefined ? {} : { headers: { response: { set: [['strict-transport-security', hsts]] } } }),
    origin,
  }
})

/** The host that answers for names that nobody has: the first that asks to. Not needed where a rule is for any host. */
const defaultHost = query<string | undefined>('alb-default-host', (read) => {
  const hosts = [...read(hostClaims, '').keys()]
  return hosts.includes('*') ? undefined : hosts.find((host) => read(asksForDefault, host))
})

const asksForDefault = query<boolean>(
  'alb-asks-for-default',
  (read, host) => hostOf(read, host)?.isDefault ?? false,
)

/** How a host is served at one port. */
type Service = 'http' | 'https' | 'client-auth'

/** The ports of a host. Where clients must show a certificate, there is no ordinary HTTPS. */
const portsOf = query<readonly (readonly [port: number, service: Service])[]>(
  'alb-host-ports',
  (read, host) => {
    const compiled = hostOf(read, host)
    if (compiled === undefined) return []
    const { ports, tls, clientAuth } = compiled
    const guarded = tls === undefined ? [] : clientAuth.map((one) => one.port)
    const plain = ports.http === undefined ? [] : [[ports.http, 'http'] as const]
    const secure =
      tls === undefined || ports.https === undefined || guarded.includes(ports.https)
        ? []
        : [[ports.https, 'https'] as const]
    return [...plain, ...secure, ...guarded.map((port) => [port, 'client-auth'] as const)]
  },
)

/** What of a host's filter chain does not depend on other hosts; keyed by `host port`. */
const chainOf = query<Omit<FilterChain, 'handler'> | undefined>('alb-chain', (read, key) => {
  const [host, port] = splitKey(key)
  const compiled = hostOf(read, host)
  const tls = compiled?.tls
  if (compiled === undefined || tls === undefined) return undefined
  const client = compiled.clientAuth.find((one) => one.port === Number(port))
  const problem =
    'refuse' in tls ? tls.refuse : client !== undefined && 'refuse' in client ? client.refuse : undefined
  return {
    name: host,
    match: { transport: 'tls', ...(host === '*' ? {} : { serverNames: [host] }) },
    tls: {
      certificates: 'certificate' in tls ? [tls.certificate] : [],
      alpn: ['http/1.1'],
      clientCertificate:
        client !== undefined && 'clientCertificate' in client ? client.clientCertificate : { mode: 'none' },
      minVersion: '1.2',
    },
    ...(problem === undefined ? {} : { refuse: { reason: problem.code, message: problem.message } }),
    origin: tls.origin,
  }
})

type PortHosts = Readonly<Record<Service, readonly string[]>>

/** Which hosts are served how at a port. 80 and 443 are always there. */
const portPlan = query<ReadonlyMap<number, PortHosts>>('alb-ports', (read) => {
  const plan = new Map<number, Record<Service, string[]>>()
  const at = (port: number): Record<Service, string[]> => {
    const known = plan.get(port) ?? { http: [], https: [], 'client-auth': [] }
    plan.set(port, known)
    return known
  }
  at(80)
  at(443)
  for (const host of read(hostClaims, '').keys()) {
    for (const [port, service] of read(portsOf, host)) at(port)[service].push(host)
  }
  return new Map([...plan].sort(([a], [b]) => a - b))
})

/** The virtual hosts of a port, keyed by `port service`. */
const hostsAt = query<readonly VirtualHost[]>('alb-virtual-hosts', (read, key) => {
  const [port, service] = splitKey(key)
  const hosts = read(portPlan, '').get(Number(port))?.[service as Service] ?? []
  const fallback = service === 'http' ? read(defaultHost, '') : undefined
  return hosts.flatMap((host) => {
    const made = read(virtualHost, host)
    if (made === undefined) return []
    return host === fallback ? { ...made, domains: [...made.domains, '*'] } : made
  })
})

function handler(name: string, virtualHosts: readonly VirtualHost[], origin: Origin): HttpManager {
  const routes: RouteTable = { name, virtualHosts, fallback: unknownHost, origin }
  return { ...manager, statPrefix: `alb_${name}`, routes }
}

/** The encrypted chains of a port but for what handles them: a changed route changes none. */
const chainsAt = query<readonly (readonly [Service, Omit<FilterChain, 'handler'>])[]>(
  'alb-chains',
  (read, port) => {
    const hosts = read(portPlan, '').get(Number(port))
    const made = (service: Service) =>
      (hosts?.[service] ?? []).flatMap((host) => {
        const chain = read(chainOf, joinKey(host, port))
        return chain === undefined ? [] : [[service, chain] as const]
      })
    return [...made('https'), ...made('client-auth')].sort(([, a], [, b]) => (a.name < b.name ? -1 : 1))
  },
)

/** Port 80 has the plain chain even without a host: it says that the host is not known. */
function chains(read: Read, port: number, hosts: PortHosts, origin: Origin): readonly FilterChain[] {
  const secure = handler(`https.${port}`, read(hostsAt, joinKey(port, 'https')), origin)
  const encrypted = read(chainsAt, String(port)).map(([service, chain]): FilterChain => {
    if (service === 'https') return { ...chain, handler: secure }
    // A table of its own: nobody gets there with the handshake of another host.
    const own = [read(virtualHost, chain.name) ?? []].flat()
    return { ...chain, handler: handler(`https.${port}.${chain.name}`, own, origin) }
  })
  const fallback = encrypted.find((chain) => chain.name === read(defaultHost, ''))
  const anonymous: readonly FilterChain[] =
    fallback === undefined
      ? []
      : [{ ...fallback, name: 'default', match: { transport: 'tls' }, handler: secure }]
  const secured = [...encrypted, ...anonymous]
  if (hosts.http.length === 0 && port !== 80) return secured
  const match = secured.length === 0 ? {} : ({ transport: 'plaintext' } as const)
  const plain = handler(`http.${port}`, read(hostsAt, joinKey(port, 'http')), origin)
  return [{ name: 'http', match, handler: plain, origin }, ...secured]
}

const clustersOf = query<readonly Cluster[]>(
  'alb-clusters-of',
  (read, key) => read(compiledIngress, key).clusters,
)

/** The clusters of all Ingresses that own a host, sorted by name. */
const albClusters = query<readonly Cluster[]>('alb-clusters', (read) => {
  const owners = [...new Set([...read(hostClaims, '').values()].map(([owner]) => owner ?? ''))]
  return owners.flatMap((owner) => read(clustersOf, owner)).sort((a, b) => (a.name < b.name ? -1 : 1))
})

/** The ALB with this key (`alb namespace workload`). */
export const albProxy = query<Proxy | undefined>('alb', (read, key) => {
  const proxy = read(proxyWorkload, key)
  const pod = proxy && readObject(read, POD, proxy.pod)
  if (proxy === undefined || pod === undefined) return undefined
  const origin = pod.origin('')
  const listeners = [...read(portPlan, '')].map(([port, hosts]): Listener => {
    const listen = listenFor(read, key, port)
    return {
      name: `0.0.0.0_${listen.port}`,
      binds: listen.binds,
      filterChains: chains(read, port, hosts, origin),
      origin,
    }
  })
  const [, , name] = splitKey(key)
  return {
    id: `alb/${name}`,
    kind: 'alb',
    workload: proxy.workload,
    addresses: proxy.addresses,
    ...(proxy.locality === undefined ? {} : { locality: proxy.locality }),
    listeners: observed(read, proxy.pod, 'inbound', listeners),
    clusters: withCollectors(read, proxy.pod, ['inbound'], read(albClusters, '')),
    origin,
  }
})

/** Ports that annotations ask for and that no Service in front of this ALB has. */
export const albFindings = query<readonly Diagnostic[]>('alb-findings', (read, key) =>
  [...read(portPlan, '')].flatMap(([port, hosts]) => {
    if (port === 80 || port === 443 || listenFor(read, key, port).offered) return []
    return [...hosts.http, ...hosts.https, ...hosts['client-auth']].flatMap((host) => {
      const origin = hostOf(read, host)?.origin
      const message = `No Service in front of the load balancer has port ${port}: host ${host} is reached there at the addresses of its pods only.`
      return origin === undefined ? [] : [diagnostic('SP0311', origin, message)]
    })
  }),
)
