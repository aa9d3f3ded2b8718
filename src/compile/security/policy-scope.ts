// Which workloads an object of access control is for: those of its namespace, in the root namespace of all, that its selector fits (istio.md 4).
import type { KindRef, KubeObject } from '../../resources/object.ts'
import { demandTextMap } from '../demand.ts'
import { readKeys, readObject, readPlatform } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { selects } from '../workload/pod-facts.ts'

interface ScopedObject extends KubeObject {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly targetRef?: unknown
    readonly targetRefs?: readonly unknown[]
  }
}

interface Scope {
  readonly labels: Readonly<Record<string, string>>
  /** Bound to Gateway API objects, which no workload here is. */
  readonly targeted: boolean
}

export interface Workload {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

/** Whether the spec of an object names what it is for by targetRefs. */
export const isTargeted = (spec: ScopedObject['spec']): boolean =>
  spec?.targetRef !== undefined || (spec?.targetRefs ?? []).length > 0

/** Why an object with targetRefs is refused. */
export const TARGETED = {
  field: 'spec.targetRefs',
  message: 'targetRefs name Gateway API objects, which are not supported.',
} as const

/** The scopes of one kind's objects, by `namespace/name`. */
export function policyScope(kind: KindRef) {
  const scopeOf = query<Scope>(
    `${kind.plural}-scope`,
    (read, key) => {
      const spec = readObject<ScopedObject>(read, kind, key)?.object.spec
      const labels = demandTextMap(spec?.selector?.matchLabels, 'spec.selector.matchLabels')
      return { labels, targeted: isTargeted(spec) }
    },
    // A scope that cannot be read is the whole namespace: what it holds denies.
    () => ({ labels: {}, targeted: false }),
  )
  const keysIn = query<readonly string[]>(`${kind.plural}-in`, (read, namespace) =>
    readKeys(read, kind).filter((key) => key.startsWith(`${namespace}/`)),
  )

  const fits = (read: Read, key: string, labels: Workload['labels']): boolean => {
    const scope = read(scopeOf, key)
    return !scope.targeted && selects(scope.labels, labels)
  }

  /** Whether an object is for a workload. */
  function appliesTo(read: Read, key: string, { namespace, labels }: Workload): boolean {
    const place = key.slice(0, key.indexOf('/'))
    if (place !== namespace && place !== readPlatform(read).rootNamespace) return false
    return fits(read, key, labels)
  }

  /** The objects for a workload: those of the root namespace first. */
  function keysFor(read: Read, { namespace, labels }: Workload): readonly string[] {
    return [...new Set([readPlatform(read).rootNamespace, namespace])]
      .flatMap((place) => read(keysIn, place))
      .filter((key) => fits(read, key, labels))
  }

  return { appliesTo, keysFor }
}
