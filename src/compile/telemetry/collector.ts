// Where spans go: the provider that a name means, as a collector and the cluster that leads to it.

import type { Origin } from '../../diagnostics/origin.ts'
import type { Cluster } from '../../ir/cluster.ts'
import { type Collector, TRACING_DEFAULTS } from '../../ir/tracing.ts'
import type { ExtensionProvider } from '../../resources/telemetry.ts'
import { demandNumber, demandText } from '../demand.ts'
import { readPlatform } from '../graph/inputs.ts'
import { joinKey, type Read } from '../graph/query.ts'
import { outboundCluster } from '../istio/destination.ts'
import { parseDuration } from '../istio/duration.ts'
import { outboundClusterFor } from '../mesh/cluster.ts'
import { vantageOf } from '../mesh/locality/vantage.ts'
import { modelEndpoint, serviceEndpoints } from '../workload/endpoints.ts'
import type { PodFacts } from '../workload/pod-facts.ts'
import { serviceFacts, serviceKeyOfHost } from '../workload/services.ts'
import { meshConfig, placeOf, providerNamed } from './mesh-config.ts'
import { failed, type Judged } from './problem.ts'

/** A provider of spans without what differs from proxy to proxy. */
export interface Target {
  readonly collector: Omit<Collector, 'service'>
  readonly maxPathLength?: number
  /** What its own configuration says of sampling. */
  readonly samplePercent?: number
}

/** The cluster to the collector that the surroundings of the process name (OTEL_EXPORTER_OTLP_ENDPOINT). */
const SURROUNDINGS = 'opentelemetry-collector'

/** The collector of the surroundings: what is used where nobody names a provider. */
export function surroundingTarget(read: Read): Target | undefined {
  const { collector } = readPlatform(read)
  if (collector === undefined) return undefined
  const { authority: host, path, headers, samplePercent } = collector
  return {
    collector: { cluster: SURROUNDINGS, host, path, headers, timeoutMs: TRACING_DEFAULTS.timeoutMs },
    samplePercent,
  }
}

/** The provider of a name; `origin` is where the name was written. */
export function namedTarget(read: Read, name: string, origin: Origin): Judged<Target | undefined> {
  const { config, origin: meshOrigin } = read(meshConfig, '')
  const provider = providerNamed(config, name)
  if (provider === undefined) {
    const known = (config.extensionProviders ?? []).flatMap((one) => one.name ?? [])
    const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`
    return failed('SP1101', origin, `The mesh configuration has no provider ${name}; ${there}.`)
  }
  if (provider.opentelemetry?.http === undefined) {
    const message = `Provider ${name} is not opentelemetry with http, the only kind that spans can be sent to.`
    return failed('SP1101', meshOrigin, message)
  }
  return targetOf(read, name, provider.opentelemetry, meshOrigin)
}

function targetOf(
  read: Read,
  name: string,
  settings: NonNullable<ExtensionProvider['opentelemetry']>,
  origin: Origin,
): Judged<Target | undefined> {
  const field = `extensionProviders ${name}`
  const { host, port, known } = placeOf(read, settings, field)
  if (!known) {
    return failed('SP1103', origin, `No Service has the host ${host} and port ${port} of provider ${name}.`)
  }
  const { path, timeout, headers = [] } = settings.http ?? {}
  const { maxTagLength } = settings
  return {
    value: {
      collector: {
        cluster: outboundCluster(port, '', host),
        host: `${host}:${port}`,
        path: `/${demandText(path ?? 'v1/traces', `${field} http.path`).replace(/^\/+/, '')}`,
        timeoutMs: parseDuration(timeout ?? '') ?? TRACING_DEFAULTS.timeoutMs,
        headers: headers.map(({ name: header, value }) => [
          demandText(header, `${field} http.headers[].name`).toLowerCase(),
          demandText(value ?? '', `${field} http.headers[].value`),
        ]),
      },
      ...(maxTagLength === undefined
        ? {}
        : { maxPathLength: demandNumber(maxTagLength, `${field} maxTagLength`) }),
    },
    diagnostics: [],
  }
}

/** The cluster of a collector as a pod's proxy reaches it; undefined when it has gone. */
export function collectorCluster(read: Read, pod: PodFacts, name: string): Cluster | undefined {
  const { collector } = readPlatform(read)
  if (name === SURROUNDINGS && collector !== undefined) {
    const { address, port } = collector
    return plainCluster(name, [{ address, port, healthy: true }])
  }
  const { namespace, serviceAccount } = pod
  if (pod.role !== 'alb') {
    const kind = pod.role === 'gateway' ? 'gateway' : 'sidecar'
    return outboundClusterFor(read, { kind, namespace, serviceAccount, vantage: vantageOf(read, pod) }, name)
  }
  // The ALB has no mesh identity: it speaks as any program outside the mesh.
  const [, port, , host = ''] = name.split('|')
  const key = serviceKeyOfHost(read, host)
  const portName = key && read(serviceFacts, key)?.ports.find((one) => one.port === Number(port))?.name
  const endpoints = key === undefined ? [] : read(serviceEndpoints, joinKey(key, portName ?? ''))
  return plainCluster(name, endpoints.map(modelEndpoint))
}

function plainCluster(name: string, endpoints: Cluster['endpoints']): Cluster {
  return {
    name,
    endpoints,
    protocol: 'http1',
    balancing: { kind: 'round-robin' },
    connectTimeoutMs: 10_000,
    origin: {},
  }
}
