// Where a route leads: a destination of a VirtualService as the name of an outbound cluster, and what is wrong with it.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import { SERVICE } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { Destination } from '../../resources/virtual-service.ts'
import { closest } from '../closest.ts'
import { readKeys, readPlatform } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'
import { policyFor } from '../mesh/destination-rules.ts'
import type { Problem } from '../tls/credential.ts'
import { serviceFacts, serviceKeyOfHost } from '../workload/services.ts'
import { resolveHost } from './hosts.ts'

export interface ResolvedDestination {
  /** `outbound|8000|v1|httpbin.httptools.svc.cluster.local`. */
  readonly cluster: string
  /** No such cluster can exist: requests get 503 NC. */
  readonly problem?: DestinationProblem
}

interface DestinationProblem extends Problem {
  /** Under the destination. */
  readonly field: string
  /** The name that was probably meant, where one is near. */
  readonly advice?: string
}

/** The finding of a destination, which is `field` of the object. */
export function destinationFinding(
  { code, field: at, message, advice }: DestinationProblem,
  resource: Pick<Resource, 'origin'>,
  field: string,
): Diagnostic {
  return diagnostic(code, resource.origin(`${field}.${at}`), message, advice === undefined ? {} : { advice })
}

/** Istio's name for the cluster of a service port. */
export function outboundCluster(port: number, subset: string, host: string): string {
  return `outbound|${port}|${subset}|${host}`
}

/** The cluster of a destination; without a port it is the service's only one, else the port the request came in at. */
export function resolveDestination(
  read: Read,
  destination: Destination | undefined,
  owner: string,
  client: string,
  listenerPort: number,
): ResolvedDestination {
  const host = resolveHost(destination?.host ?? '', owner, readPlatform(read).clusterDomain)
  const subset = destination?.subset ?? ''
  const wanted = destination?.port?.number
  const key = serviceKeyOfHost(read, host)
  const service = key === undefined ? undefined : read(serviceFacts, key)
  const ports = service?.ports ?? []
  const port = wanted ?? (ports.length === 1 ? ports[0]?.port : undefined) ?? listenerPort
  const cluster = outboundCluster(port, subset, host)
  if (service === undefined) {
    const message = `Destination host ${host} is not known: there is no such Service.`
    return {
      cluster,
      problem: { code: 'SP0501', field: 'host', message, ...didYouMean(nearHost(read, key)) },
    }
  }
  if (!ports.some((one) => one.port === port)) {
    const there = ports.map((one) => one.port).join(', ')
    const message =
      wanted === undefined
        ? `Destination ${host} has several ports (${there}): the route must name one.`
        : `Destination ${host} has no port ${port}; it has ${there || 'none'}.`
    return { cluster, problem: { code: 'SP0502', field: 'port', message } }
  }
  if (subset === '') return { cluster }
  const { subsets } = policyFor(read, client, host)
  if (subsets.has(subset)) return { cluster }
  const message = `No DestinationRule for ${host} has a subset ${subset}.`
  const near = didYouMean(closest(subset, [...subsets.keys()]))
  return { cluster, problem: { code: 'SP0503', field: 'subset', message, ...near } }
}

const didYouMean = (name: string | undefined) =>
  name === undefined ? {} : { advice: `Did you mean ${name}?` }

/** The host of the Service that a key without one was probably to name: one of that name in another namespace, else one spelt nearly so. */
function nearHost(read: Read, key: string | undefined): string | undefined {
  if (key === undefined) return undefined
  const keys = readKeys(read, SERVICE)
  const name = key.slice(key.indexOf('/'))
  const near = keys.find((one) => one.endsWith(name)) ?? closest(key, keys)
  return near && `${near.split('/').reverse().join('.')}.svc.${readPlatform(read).clusterDomain}`
}
