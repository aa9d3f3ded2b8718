// The downward API: what a pod may know of itself, as text.
import type { Pod } from '../objects/pod.ts'

/** What is known only where the pod runs. */
export interface PodPlace {
  readonly podIP: string
  readonly hostIP: string
}

/** The value of a fieldRef; undefined when the path is not one of the downward API's. */
export function fieldValue(pod: Pod, place: PodPlace, path: string): string | undefined {
  const { metadata, spec } = pod
  const keyed = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(path)
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? ''
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'metadata.labels':
      return lines(metadata.labels)
    case 'metadata.annotations':
      return lines(metadata.annotations)
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default'
    case 'status.podIP':
    case 'status.podIPs':
      return place.podIP
    case 'status.hostIP':
    case 'status.hostIPs':
      return place.hostIP
    default:
      return undefined
  }
}

/** `key="value"` lines, sorted, as downward volumes print maps. */
function lines(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')
}

/** What the node has, for limits that a container leaves open. */
export interface NodeAmounts {
  readonly cpu: number
  readonly memory: number
}

/** The value of a resourceFieldRef (`limits.cpu`, `requests.memory`, …) in units of `divisor`, rounded up. */
export function resourceValue(
  pod: Pod,
  containerName: string,
  reference: { readonly resource: string; readonly containerName?: string; readonly divisor?: string },
  node: NodeAmounts,
): string {
  const container = pod.spec.containers.find((one) => one.name === (reference.containerName ?? containerName))
  const [kind = '', resource = ''] = reference.resource.split('.')
  const given = container?.resources?.[kind as 'limits' | 'requests']?.[resource]
  const open = kind === 'limits' ? { cpu: node.cpu, memory: node.memory }[resource] : 0
  const amount = given === undefined ? (open ?? 0) : quantity(given)
  const divisor = quantity(reference.divisor || '1') || 1
  return String(Math.ceil(amount / divisor))
}

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** A resource quantity as a number; 0 for what is none. */
export function quantity(text: string): number {
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text)
  const scale = match ? SUFFIXES[match[2] ?? ''] : undefined
  return match && scale !== undefined ? Number(match[1]) * scale : 0
}
