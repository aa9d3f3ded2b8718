// The servers of one Gateway, checked and normalised, and which gateway workloads it is for.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import type { Gateway, GatewayServer, ServerTls } from '../../resources/gateway.ts'
import { GATEWAY } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { demandNumber, demandText, demandTextMap, demandTexts } from '../demand.ts'
import { readKeys, readObject } from '../graph/inputs.ts'
import { query } from '../graph/query.ts'
import { errorText } from '../text.ts'
import { selects } from '../workload/pod-facts.ts'
import { proxyKeys, proxyWorkload } from '../workload/proxies.ts'
import { type Age, compareAge } from './age.ts'
import { splitServerHost } from './hosts.ts'

/** How connections of a server are handled: as plain HTTP, by TLS termination, by SNI without it, or as bytes. */
export type ServerKind = 'http' | 'https' | 'tls' | 'passthrough' | 'tcp'

export interface Server {
  /** `namespace/name` of the Gateway. */
  readonly gateway: string
  readonly index: number
  readonly port: number
  readonly portName: string
  readonly kind: ServerKind
  readonly bind?: string
  readonly hosts: readonly { readonly namespace: string; readonly name: string }[]
  readonly tls?: ServerTls
  readonly origin: Origin
}

interface GatewayServers {
  readonly servers: readonly Server[]
  readonly diagnostics: readonly Diagnostic[]
}

const HTTP = ['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']
const RAW = ['TCP', 'MONGO', 'REDIS', 'MYSQL']

function kindOf(server: GatewayServer): ServerKind | undefined {
  const protocol = (server.port?.protocol ?? '').toUpperCase()
  if (HTTP.includes(protocol)) return 'http'
  if (RAW.includes(protocol)) return 'tcp'
  if (protocol !== 'HTTPS' && protocol !== 'TLS') return undefined
  const mode = server.tls?.mode ?? 'PASSTHROUGH'
  if (mode === 'PASSTHROUGH') return 'passthrough'
  return protocol === 'HTTPS' ? 'https' : 'tls'
}

function readServer(
  resource: Resource<Gateway>,
  key: string,
  server: GatewayServer,
  index: number,
): Server | Diagnostic {
  const field = `spec.servers[${index}]`
  const kind = kindOf(server)
  const port = server.port?.number
  if (port === undefined || kind === undefined) {
    const message = `A server needs a port number and a known protocol, found ${server.port?.protocol ?? 'none'}.`
    return diagnostic('SP0402', resource.origin(`${field}.port`), message)
  }
  const namespace = resource.object.metadata.namespace ?? ''
  return {
    gateway: key,
    index,
    port: demandNumber(port, `${field}.port.number`),
    portName: demandText(server.port?.name ?? '', `${field}.port.name`),
    kind,
    ...(server.bind ? { bind: demandText(server.bind, `${field}.bind`) } : {}),
    hosts: demandTexts(server.hosts, `${field}.hosts`).map((host) => splitServerHost(host, namespace)),
    ...(server.tls === undefined ? {} : { tls: server.tls }),
    origin: resource.origin(field),
  }
}

/** The servers of a Gateway by `namespace/name`. */
export const gatewayServers = query<GatewayServers>(
  'gateway-servers',
  (read, key) => {
    const resource = readObject<Gateway>(read, GATEWAY, key)
    const outcomes = (resource?.object.spec?.servers ?? []).map((server, index) =>
      resource === undefined ? undefined : readServer(resource, key, server, index),
    )
    const servers = outcomes.flatMap((one) => (one !== undefined && 'gateway' in one ? [one] : []))
    const diagnostics = outcomes.flatMap((one) => (one !== undefined && 'code' in one ? [one] : []))
    for (const server of servers) {
      if (server.tls?.mode !== undefined || !server.tls?.credentialName) continue
      const message =
        'The server has a credentialName but no mode, which means PASSTHROUGH: TLS is not terminated.'
      diagnostics.push(diagnostic('SP0407', server.origin, message))
    }
    return { servers, diagnostics }
  },
  (error, read, key) => {
    const resource = readObject<Gateway>(read, GATEWAY, key)
    const origin = resource?.origin('') ?? {}
    return { servers: [], diagnostics: [diagnostic('SP0105', origin, `Gateway ${key}: ${errorText(error)}`)] }
  },
)

interface Selection extends Age {
  readonly key: string
  readonly selector: Readonly<Record<string, string>>
}

const selection = query<Selection | undefined>(
  'gateway-selection',
  (read, key) => {
    const gateway = readObject<Gateway>(read, GATEWAY, key)?.object
    if (gateway === undefined) return undefined
    const { name, namespace, creationTimestamp } = gateway.metadata
    return {
      key,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      selector: demandTextMap(gateway.spec?.selector, 'spec.selector'),
    }
  },
  () => undefined,
)

/** The keys of the Gateways for a gateway workload, in any namespace, oldest first. */
export const gatewaysFor = query<readonly string[]>('gateways-for', (read, proxyKey) => {
  const labels = read(proxyWorkload, proxyKey)?.workload.labels ?? {}
  return readKeys(read, GATEWAY)
    .flatMap((key) => read(selection, key) ?? [])
    .filter((one) => selects(one.selector, labels))
    .sort(compareAge)
    .map((one) => one.key)
})

/** The keys of the gateway workloads that a Gateway is for. */
export const workloadsOf = query<readonly string[]>('gateway-workloads', (read, key) =>
  proxyKeys(read).filter((proxy) => proxy.startsWith('gateway ') && read(gatewaysFor, proxy).includes(key)),
)
