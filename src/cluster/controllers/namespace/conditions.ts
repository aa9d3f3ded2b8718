// The conditions of a namespace that is being deleted: what is left in it, and whose finalizers hold it.
import type { KindRef, KubeObject } from '../../../resources/object.ts'
import type { Namespace } from '../../objects/namespace.ts'

/** Objects of one kind that are still in the namespace. */
export interface Remaining {
  readonly kind: KindRef
  readonly objects: readonly KubeObject[]
}

type Condition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number]

/** Keeps the transition time of conditions whose status stays. `now` in ms since the epoch. */
export function namespaceConditions(
  known: readonly Condition[],
  remaining: readonly Remaining[],
  now: number,
): readonly Condition[] {
  const finalizers = new Map<string, number>()
  for (const { objects } of remaining) {
    for (const finalizer of objects.flatMap((one) => one.metadata.finalizers ?? [])) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
    }
  }
  const content = remaining.map(
    ({ kind, objects }) => `${resourceName(kind)} has ${objects.length} resource instances`,
  )
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`)
  const wanted: Omit<Condition, 'lastTransitionTime'>[] = [
    ok('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    ok(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    ok(
      'NamespaceDeletionContentFailure',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    content.length > 0
      ? bad(
          'NamespaceContentRemaining',
          'SomeResourcesRemain',
          `Some resources are remaining: ${content.join(', ')}`,
        )
      : ok('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'),
    held.length > 0
      ? bad(
          'NamespaceFinalizersRemaining',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
        )
      : ok(
          'NamespaceFinalizersRemaining',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ]
  return wanted.map((condition) => {
    const old = known.find((one) => one.type === condition.type)
    const kept = old?.status === condition.status ? old.lastTransitionTime : undefined
    return { ...condition, lastTransitionTime: kept ?? `${new Date(now).toISOString().slice(0, 19)}Z` }
  })
}

function ok(type: string, reason: string, message: string): Omit<Condition, 'lastTransitionTime'> {
  return { type, status: 'False', reason, message }
}
function bad(type: string, reason: string, message: string): Omit<Condition, 'lastTransitionTime'> {
  return { type, status: 'True', reason, message }
}

/** `pods.`, `deployments.apps`: as the namespace controller names them. */
function resourceName(kind: KindRef): string {
  return `${kind.plural}.${kind.group}`
}
