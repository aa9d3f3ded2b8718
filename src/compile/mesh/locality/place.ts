// Endpoints as a client somewhere sees them: priorities by nearness or by labels, or weights by locality (Istio's locality load balancing).
import type { Cluster, LocalityWeight } from '../../../ir/cluster.ts'
import { type Locality, localityText, parseLocality } from '../../../ir/locality.ts'
import type { ServiceEndpoint } from '../../workload/endpoints.ts'
import type { LocalityRule } from './rule.ts'

/** From where endpoints are seen. */
export interface Vantage {
  readonly locality?: Locality
  /** With those of its place; as far as rules name them. */
  readonly labels: Readonly<Record<string, string>>
}

export interface Placed {
  readonly endpoints: readonly ServiceEndpoint[]
  readonly localityWeights?: Cluster['localityWeights']
}

/** Whether a locality lies within `region/zone/subzone`, where `*` and what is left out mean any. */
function within(locality: Locality | undefined, text: string): boolean {
  const wanted = parseLocality(text)
  const fits = (want: string | undefined, has: string | undefined): boolean =>
    want === undefined || want === '*' || want === (has ?? '')
  return (
    fits(wanted?.region, locality?.region) &&
    fits(wanted?.zone, locality?.zone) &&
    fits(wanted?.subzone, locality?.subzone)
  )
}

/** Only the localities that the client's rule names get requests, by its weights; one that names several divides its own by endpoints. */
function distributed(
  endpoints: readonly ServiceEndpoint[],
  { distribute }: Extract<LocalityRule, { kind: 'distribute' }>,
  vantage: Vantage,
): Placed {
  const rule = distribute.find(({ from }) => within(vantage.locality, from ?? ''))
  if (rule === undefined) return { endpoints, localityWeights: [] }
  const kept = new Set<ServiceEndpoint>()
  const weights: LocalityWeight[] = []
  for (const [to, weight] of Object.entries(rule.to ?? {})) {
    const there = endpoints.filter((one) => !kept.has(one) && within(one.locality, to))
    const sizes = new Map<string, { locality: Locality; size: number }>()
    let total = 0
    for (const endpoint of there) {
      const size = endpoint.weight ?? 1
      const name = localityText(endpoint.locality)
      total += size
      kept.add(endpoint)
      const known = sizes.get(name)
      if (known === undefined) sizes.set(name, { locality: endpoint.locality ?? { region: '' }, size })
      else known.size += size
    }
    for (const { locality, size } of sizes.values()) {
      const share = Math.ceil((weight * size) / total)
      if (share > 0) weights.push({ locality, weight: share })
    }
  }
  return {
    endpoints: endpoints.filter((one) => kept.has(one)),
    localityWeights: weights.sort((a, b) => (localityText(a.locality) < localityText(b.locality) ? -1 : 1)),
  }
}

/** 0 in the same subzone, 1 zone, 2 region, 3 elsewhere; 4 elsewhere when the client's region names another to fail over to. */
function distance(
  endpoint: ServiceEndpoint,
  client: Locality | undefined,
  target: string | undefined,
): number {
  const there = endpoint.locality
  if ((there?.region ?? '') !== (client?.region ?? ''))
    return target === undefined || there?.region === target ? 3 : 4
  if ((there?.zone ?? '') !== (client?.zone ?? '')) return 2
  return (there?.subzone ?? '') === (client?.subzone ?? '') ? 0 : 1
}

/** How many labels are left from the first on that client and endpoint do not share. */
function mismatch(endpoint: ServiceEndpoint, labels: readonly string[], vantage: Vantage): number {
  const at = labels.findIndex((label) => {
    const [name = '', value] = label.split('=')
    return (value ?? vantage.labels[name] ?? '') !== (endpoint.labels[name] ?? '')
  })
  return at < 0 ? 0 : labels.length - at
}

const DISTANCES = 5

function ranked(
  endpoints: readonly ServiceEndpoint[],
  { failover, labels, weighted }: Extract<LocalityRule, { kind: 'failover' }>,
  vantage: Vantage,
): Placed {
  const target = failover.find(({ from }) => from === vantage.locality?.region)?.to
  const byPlace = labels.length === 0 || failover.length > 0
  const ranks = endpoints.map(
    (endpoint) =>
      mismatch(endpoint, labels, vantage) * DISTANCES +
      (byPlace ? distance(endpoint, vantage.locality, target) : 0),
  )
  // Without gaps: priorities are counted.
  const used = [...new Set(ranks)].sort((a, b) => a - b)
  const placed = endpoints.map((endpoint, index) => {
    const priority = used.indexOf(ranks[index] ?? 0)
    return priority === 0 ? endpoint : { ...endpoint, priority }
  })
  return { endpoints: placed, ...(weighted ? { localityWeights: [] } : {}) }
}

/** The endpoints of a cluster under a rule, from a vantage point. */
export function place(endpoints: readonly ServiceEndpoint[], rule: LocalityRule, vantage: Vantage): Placed {
  return rule.kind === 'distribute' ? distributed(endpoints, rule, vantage) : ranked(endpoints, rule, vantage)
}
