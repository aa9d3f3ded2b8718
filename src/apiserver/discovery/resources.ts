// What each group and version serves, as data: both forms of discovery are printed from this.
import { createHash } from 'node:crypto'
import type { KindDefinition } from '../kind.ts'
import { collectionOf } from '../registry.ts'
import { reviewKinds } from '../review/review-kinds.ts'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface Subresource {
  readonly name: string
  readonly responseKind: GroupVersionKind
  readonly verbs: readonly string[]
}

export interface Resource {
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly responseKind: GroupVersionKind
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly Subresource[]
  /** Clients compare it to see whether the stored form changed. Absent: nothing is stored. */
  readonly storageVersionHash?: string
}

export interface Version {
  readonly version: string
  readonly resources: readonly Resource[]
}

export interface Group {
  /** '' for the core group. */
  readonly name: string
  /** The preferred one first. */
  readonly versions: readonly Version[]
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/**
 * All groups. A name like `ingresses` belongs to the first group that lists it, so groups that only hold old faces of a kind come last.
 */
export function discover(kinds: readonly KindDefinition[]): readonly Group[] {
  const groups = new Map<string, Map<string, Resource[]>>()
  const add = (group: string, version: string, resource: Resource): void => {
    const versions = groups.get(group) ?? new Map<string, Resource[]>()
    groups.set(group, versions)
    const resources = versions.get(version) ?? []
    versions.set(version, resources)
    if (!resources.some(({ plural }) => plural === resource.plural)) resources.push(resource)
  }
  for (const { ref } of kinds) if (!groups.has(ref.group)) groups.set(ref.group, new Map())
  for (const kind of kinds) {
    for (const { group, version } of kind.versions) add(group, version, resourceOf(kind, group, version))
  }
  for (const review of reviewKinds) {
    add(review.group, review.version, {
      plural: review.plural,
      singular: review.kind.toLowerCase(),
      namespaced: review.namespaced,
      responseKind: { group: review.group, version: review.version, kind: review.kind },
      verbs: ['create'],
      shortNames: [],
      categories: [],
      subresources: [],
    })
  }
  return [...groups].flatMap(([name, versions]) => {
    if (versions.size === 0) return []
    const sorted = [...versions].sort(([a], [b]) => compareVersions(a, b))
    return [
      {
        name,
        versions: sorted.map(([version, resources]) => ({
          version,
          resources: [...resources].sort((a, b) => (a.plural < b.plural ? -1 : 1)),
        })),
      },
    ]
  })
}

function resourceOf(kind: KindDefinition, group: string, version: string): Resource {
  const own = { group, version, kind: kind.ref.kind }
  const subresources: Subresource[] = []
  const collection = collectionOf(kind.ref)
  if (collection === 'core/namespaces') {
    subresources.push({ name: 'finalize', responseKind: own, verbs: ['patch', 'update'] })
  }
  if (collection === 'core/pods') {
    const eviction = { group: 'policy', version: 'v1', kind: 'Eviction' }
    subresources.push({ name: 'eviction', responseKind: eviction, verbs: ['create'] })
    subresources.push({ name: 'log', responseKind: own, verbs: ['get'] })
  }
  if (collection === 'core/serviceaccounts') {
    const token = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }
    subresources.push({ name: 'token', responseKind: token, verbs: ['create'] })
  }
  if (kind.subresources.scale) {
    const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
    subresources.push({ name: 'scale', responseKind: scale, verbs: ['get', 'patch', 'update'] })
  }
  if (kind.subresources.status) {
    subresources.push({ name: 'status', responseKind: own, verbs: ['get', 'patch', 'update'] })
  }
  return {
    plural: kind.ref.plural,
    singular: kind.singular,
    namespaced: kind.ref.namespaced,
    responseKind: own,
    verbs: VERBS,
    // Two groups with the same short name would make kubectl warn that it had to choose.
    shortNames: group === kind.ref.group ? kind.shortNames : [],
    categories: group === kind.ref.group ? kind.categories : [],
    subresources,
    storageVersionHash: createHash('sha256')
      .update(`${kind.ref.group}/${kind.ref.version}/${kind.ref.kind}`)
      .digest()
      .subarray(0, 8)
      .toString('base64'),
  }
}

/** Kubernetes' order of preference: GA before beta before alpha, higher numbers first, other names last. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)]
  for (let i = 0; i < left.length; i++) {
    const difference = (right[i] ?? 0) - (left[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a < b ? -1 : a > b ? 1 : 0
}

function rank(version: string): readonly number[] {
  const parsed = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (!parsed) return [0, 0, 0]
  const stability = parsed[2] === undefined ? 3 : parsed[2] === 'beta' ? 2 : 1
  return [stability, Number(parsed[1]), Number(parsed[3] ?? 0)]
}
