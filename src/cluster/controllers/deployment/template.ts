// Pod templates as identities: which ReplicaSet of a Deployment carries its present template.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Deployment, ReplicaSet } from '../../objects/deployment.ts'
import type { PodTemplate } from '../../objects/pod.ts'

export const HASH_LABEL = 'pod-template-hash'

/** Kubernetes' safe alphabet: no vowels, nothing that looks alike. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789'

/** Ten safe characters that stand for a template; `collisions` gives another one for the same template. */
export function templateHash(template: PodTemplate, collisions = 0): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(template)))
    .update(String(collisions))
    .digest()
  return [...digest.subarray(0, 10)].map((byte) => SAFE[byte % SAFE.length]).join('')
}

/** Whether a ReplicaSet was made from this template; the hash label does not count. */
export function hasTemplate(set: ReplicaSet, template: PodTemplate): boolean {
  return isDeepStrictEqual(withoutHash(set.spec.template), withoutHash(template))
}

/** The ReplicaSet of the present template; the oldest if several match. */
export function findNewSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return byAge(sets).find((set) => hasTemplate(set, deployment.spec.template))
}

/** Oldest first. */
export function byAge(sets: readonly ReplicaSet[]): ReplicaSet[] {
  const rank = (set: ReplicaSet) => `${set.metadata.creationTimestamp ?? ''} ${set.metadata.name}`
  return [...sets].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

function withoutHash(template: PodTemplate): unknown {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {}
  const { creationTimestamp: __, ...metadata } = template.metadata ?? {}
  return sorted({ ...template, metadata: { ...metadata, labels } })
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  )
}
