// Services as compile sees them: found by host name, by the pods they select, by namespace.
import type { Origin } from '../../diagnostics/origin.ts'
import { SERVICE } from '../../resources/kinds.ts'
import type { Service, ServicePort } from '../../resources/service.ts'
import { demandNumber, demandText, demandTextMap, demandTexts } from '../demand.ts'
import { guarded } from '../graph/guarded.ts'
import { readKeys, readObject, readPlatform } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'

export interface ServiceFacts {
  readonly namespace: string
  readonly name: string
  /** `httpbin.httptools.svc.cluster.local`. */
  readonly host: string
  readonly ports: readonly ServicePort[]
  readonly selector?: Readonly<Record<string, string>>
  /** Cluster IPs, load balancer and external addresses; none when headless. */
  readonly clusterIps: readonly string[]
  readonly frontAddresses: readonly string[]
  readonly headless: boolean
  readonly externalName?: string
  /** Which endpoints clients should prefer. */
  readonly trafficDistribution?: string
  readonly origin: Origin
}

/** Istio's, for clusters whose Services do not have the field yet. */
const DISTRIBUTION_ANNOTATION = 'networking.istio.io/traffic-distribution'

function readPort(port: ServicePort, index: number): ServicePort {
  const field = `spec.ports[${index}]`
  const { name, targetPort, protocol, appProtocol } = port
  return {
    port: demandNumber(port.port, `${field}.port`),
    ...(name === undefined ? {} : { name: demandText(name, `${field}.name`) }),
    ...(targetPort === undefined
      ? {}
      : {
          targetPort:
            typeof targetPort === 'number' ? targetPort : demandText(targetPort, `${field}.targetPort`),
        }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(appProtocol === undefined ? {} : { appProtocol: demandText(appProtocol, `${field}.appProtocol`) }),
  }
}

function readFacts(read: Read, key: string): ServiceFacts | undefined {
  const resource = readObject<Service>(read, SERVICE, key)
  if (resource === undefined) return undefined
  const { metadata, spec, status } = resource.object
  const namespace = metadata.namespace ?? ''
  const ownIp = spec?.clusterIP === undefined ? [] : [demandText(spec.clusterIP, 'spec.clusterIP')]
  const clusterIps = [...new Set([...ownIp, ...demandTexts(spec?.clusterIPs, 'spec.clusterIPs')])].filter(
    (ip) => ip !== '' && ip !== 'None',
  )
  const fronts = [
    ...(status?.loadBalancer?.ingress ?? []).flatMap((one) => one.ip ?? []),
    ...demandTexts(spec?.externalIPs, 'spec.externalIPs'),
  ]
  const distribution = spec?.trafficDistribution ?? metadata.annotations?.[DISTRIBUTION_ANNOTATION]
  const selector = demandTextMap(spec?.selector, 'spec.selector')
  return {
    namespace,
    name: metadata.name,
    host: `${metadata.name}.${namespace}.svc.${readPlatform(read).clusterDomain}`,
    ports: (spec?.ports ?? []).map(readPort),
    ...(Object.keys(selector).length === 0 ? {} : { selector }),
    clusterIps,
    frontAddresses: fronts,
    headless: spec?.clusterIP === 'None',
    ...(spec?.type === 'ExternalName' && spec.externalName ? { externalName: spec.externalName } : {}),
    ...(distribution === undefined
      ? {}
      : { trafficDistribution: demandText(distribution, 'spec.trafficDistribution') }),
    origin: resource.origin(''),
  }
}

const reader = guarded('service-facts', SERVICE, readFacts, undefined)

/** Facts of a Service by `namespace/name`. */
export const serviceFacts = reader.value
/** Why a Service could not be read. */
export const serviceFaults = reader.faults

/** The keys of all Services of a namespace. */
export const servicesIn = query<readonly string[]>('services-in', (read, namespace) =>
  readKeys(read, SERVICE).filter((key) => key.startsWith(`${namespace}/`)),
)

/** The key of the Service that a full host name means, if its form is that of one: `name.namespace.svc.<domain>`. */
export function serviceKeyOfHost(read: Read, host: string): string | undefined {
  const suffix = `.svc.${readPlatform(read).clusterDomain}`
  if (!host.endsWith(suffix)) return undefined
  const parts = host.slice(0, -suffix.length).split('.')
  return parts.length === 2 ? `${parts[1]}/${parts[0]}` : undefined
}

export type Protocol = 'http' | 'http2' | 'tls' | 'tcp' | 'auto'

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  http: 'http',
  http2: 'http2',
  grpc: 'http2',
  'grpc-web': 'http',
  https: 'tls',
  tls: 'tls',
  tcp: 'tcp',
  mongo: 'tcp',
  redis: 'tcp',
  mysql: 'tcp',
  'kubernetes.io/h2c': 'http2',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/wss': 'tls',
}

/** Istio's protocol selection: appProtocol, else the port name up to its first dash, else sniffing. */
export function protocolOf(port: Pick<ServicePort, 'name' | 'appProtocol'>): Protocol {
  const declared = PROTOCOLS[(port.appProtocol ?? '').toLowerCase()]
  if (declared !== undefined) return declared
  const name = (port.name ?? '').toLowerCase()
  if (name === 'grpc-web' || name.startsWith('grpc-web-')) return 'http'
  return PROTOCOLS[name.split('-')[0] ?? ''] ?? 'auto'
}

/** The number a Service port forwards to on a pod with these container ports; undefined for a name that no port has. */
export function targetPortOf(
  port: ServicePort,
  containerPorts: readonly { readonly name?: string; readonly port: number }[],
): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target === 0 ? port.port : target
  if (/^\d+$/.test(target)) return Number(target)
  return containerPorts.find((one) => one.name === target)?.port
}
