// The quality-of-service class of a pod, which follows from its requests and limits.
import { parseQuantity } from '../codec/quantity.ts'
import type { PodSpec } from './pod-type.ts'

/** Guaranteed: every container limits cpu and memory and requests just that. BestEffort: none says anything. */
export function qosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const amount = (text: string | undefined): bigint => parseQuantity(text ?? '0')?.nano ?? 0n
  const resources = containers.map(({ resources }) => resources ?? {})
  const says = resources.some(({ limits, requests }) =>
    (['cpu', 'memory'] as const).some((name) => amount(limits?.[name]) > 0n || amount(requests?.[name]) > 0n),
  )
  if (!says) return 'BestEffort'
  const guaranteed = resources.every(({ limits, requests }) =>
    (['cpu', 'memory'] as const).every((name) => {
      const limit = amount(limits?.[name])
      return limit > 0n && (requests?.[name] === undefined || amount(requests[name]) === limit)
    }),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
