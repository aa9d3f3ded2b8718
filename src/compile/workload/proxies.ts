// Which workloads are proxies of their own (ALB, gateway): the pods with the proxy annotation, grouped by owner.
import type { Locality } from '../../ir/locality.ts'
import type { Workload } from '../../ir/proxy.ts'
import { POD } from '../../resources/kinds.ts'
import { readKeys } from '../graph/inputs.ts'
import { joinKey, query, type Read } from '../graph/query.ts'
import { commonLocality } from './locality.ts'
import { podFacts } from './pod-facts.ts'

export interface ProxyWorkload {
  readonly kind: 'alb' | 'gateway'
  readonly workload: Workload
  readonly addresses: readonly string[]
  /** What its pods have in common. */
  readonly locality?: Locality
  /** Of its only pod. */
  readonly node?: string
  /** Container ports by name, for Services with a named targetPort. */
  readonly ports: readonly { readonly name?: string; readonly port: number }[]
  /** Key of the first pod: what the proxy's origin names. */
  readonly pod: string
}

/** `kind namespace workload` of every proxy, to the keys of its pods. */
const podsByProxy = query<ReadonlyMap<string, readonly string[]>>('pods-by-proxy', (read) => {
  const groups = new Map<string, string[]>()
  for (const key of readKeys(read, POD)) {
    const pod = read(podFacts, key)
    if (pod === undefined || (pod.role !== 'alb' && pod.role !== 'gateway')) continue
    const group = joinKey(pod.role, pod.namespace, pod.workload)
    const pods = groups.get(group)
    if (pods === undefined) groups.set(group, [key])
    else pods.push(key)
  }
  return groups
})

/** The sorted keys (`kind namespace workload`) of all proxies that have at least one pod with an address. */
export function proxyKeys(read: Read): readonly string[] {
  return [...read(podsByProxy, '').keys()].sort()
}

/** One proxy by `kind namespace workload`. */
export const proxyWorkload = query<ProxyWorkload | undefined>('proxy-workload', (read, key) => {
  const keys = read(podsByProxy, '').get(key) ?? []
  const pods = keys.flatMap((pod) => read(podFacts, pod) ?? [])
  const [first] = pods
  if (first === undefined || (first.role !== 'alb' && first.role !== 'gateway')) return undefined
  const locality = commonLocality(pods.map((pod) => pod.locality))
  return {
    kind: first.role,
    workload: {
      namespace: first.namespace,
      name: first.workload,
      serviceAccount: first.serviceAccount,
      labels: first.labels,
    },
    addresses: pods.flatMap((pod) => pod.addresses),
    ...(locality === undefined ? {} : { locality }),
    ...(pods.length > 1 || first.node === undefined ? {} : { node: first.node }),
    ports: first.ports,
    pod: keys[0] ?? '',
  }
})
