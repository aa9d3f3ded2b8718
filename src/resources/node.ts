// Node (v1): the labels that say where a node stands; nothing else of it is read. Pods may say it themselves.
import { type Locality, parseLocality } from '../ir/locality.ts'

export const REGION_LABEL = 'topology.kubernetes.io/region'
export const ZONE_LABEL = 'topology.kubernetes.io/zone'
export const SUBZONE_LABEL = 'topology.istio.io/subzone'
export const HOSTNAME_LABEL = 'kubernetes.io/hostname'
/** Of a pod, in the place of its node's; the second is the older name. Dots stand for slashes, which labels cannot hold. */
const LOCALITY_LABELS = ['topology.istio.io/locality', 'istio-locality']

type Labels = Readonly<Record<string, string>>

/** The locality that a node's labels name. */
export function localityOfNode(labels: Labels): Locality | undefined {
  return parseLocality(
    [labels[REGION_LABEL], labels[ZONE_LABEL], labels[SUBZONE_LABEL]].join('/').replace(/\/+$/, ''),
  )
}

/** The locality that a pod's own labels name. */
export function localityOfPod(labels: Labels): Locality | undefined {
  for (const name of LOCALITY_LABELS) {
    const text = labels[name]
    if (text !== undefined) return parseLocality(text.includes('/') ? text : text.replaceAll('.', '/'))
  }
  return undefined
}

/** Labels of a pod with those of its place, which Istio adds to every endpoint and proxy. */
export function withPlace(labels: Labels, locality: Locality | undefined, node: string | undefined): Labels {
  return {
    ...labels,
    ...(locality?.region ? { [REGION_LABEL]: locality.region } : {}),
    ...(locality?.zone === undefined ? {} : { [ZONE_LABEL]: locality.zone }),
    ...(locality?.subzone === undefined ? {} : { [SUBZONE_LABEL]: locality.subzone }),
    ...(node === undefined ? {} : { [HOSTNAME_LABEL]: node }),
  }
}
