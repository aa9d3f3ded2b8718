// From a backend in an Ingress to an upstream cluster of the ALB, with its endpoints and TLS.

import type { Origin } from '../../diagnostics/origin.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { UpstreamTls } from '../../ir/tls.ts'
import type { IngressBackend } from '../../resources/ingress.ts'
import { joinKey, type Read } from '../graph/query.ts'
import { named } from '../text.ts'
import { modelEndpoint, serviceEndpoints } from '../workload/endpoints.ts'
import { serviceFacts } from '../workload/services.ts'
import { noEndpoints } from './pages.ts'
import type { ServiceSettings } from './settings.ts'

export interface Backend {
  readonly service: string
  /** As written: number or name. */
  readonly port: string
  /** Name of the Service port; undefined when there is none such. */
  readonly portName?: string
  readonly problem?: string
}

/** What a backend names, and whether it exists. */
export function readBackend(read: Read, namespace: string, backend: IngressBackend): Backend {
  const service = backend.service?.name ?? ''
  const wanted = backend.service?.port
  const port = String(wanted?.number ?? wanted?.name ?? '')
  if (service === '') return { service, port, problem: 'The backend names no Service.' }
  const key = `${namespace}/${service}`
  const facts = read(serviceFacts, key)
  if (facts === undefined) return { service, port, problem: `${named('Service', key)} does not exist.` }
  const found = facts.ports.find((one) => one.port === wanted?.number || (one.name ?? '') === wanted?.name)
  if (found === undefined) {
    const there = facts.ports
      .map((one) => (one.name ? `${one.port} (${one.name})` : `${one.port}`))
      .join(', ')
    return {
      service,
      port,
      problem: `${named('Service', key)} has no port ${port}; it has ${there || 'none'}.`,
    }
  }
  return { service, port, portName: found.name ?? '' }
}

/** nginx's defaults for an upstream (iks.md 1.6 and 2.1). */
const DEFAULTS = {
  connectTimeoutMs: 60_000,
  readTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  maxIdle: 64,
} as const

/** The upstream of one service port of one Ingress; without endpoints it answers 501. */
export function albCluster(
  read: Read,
  name: string,
  namespace: string,
  backend: Backend,
  settings: ServiceSettings,
  tls: UpstreamTls | undefined,
  origin: Origin,
): Cluster {
  const key = `${namespace}/${backend.service}`
  const facts = read(serviceFacts, key)
  const endpoints =
    backend.portName === undefined ? [] : read(serviceEndpoints, joinKey(key, backend.portName))
  return {
    name,
    endpoints: endpoints.map(modelEndpoint),
    protocol: 'http1',
    balancing: { kind: settings.sticky === undefined ? 'round-robin' : 'ring-hash' },
    ...(tls === undefined ? {} : { tls: { context: tls, when: 'always' } }),
    connectTimeoutMs: settings.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    readTimeoutMs: settings.readTimeoutMs ?? DEFAULTS.readTimeoutMs,
    idleTimeoutMs: settings.idleTimeoutMs ?? DEFAULTS.idleTimeoutMs,
    maxIdle: settings.maxIdle ?? DEFAULTS.maxIdle,
    noEndpoints,
    origin,
    ...(facts === undefined
      ? {}
      : { service: { name: facts.name, namespace: facts.namespace, host: facts.host } }),
  }
}
