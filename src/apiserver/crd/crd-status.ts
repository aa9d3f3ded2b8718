// The status of a CRD: whether its names are free, whether it is served, and which versions may be in the store.

import type { KindDefinition } from '../kind.ts'
import { sameJson } from '../pipeline/same-json.ts'
import type { CrdCondition, CrdNames, CustomResourceDefinition } from './custom-resource-definition.ts'

type CrdStatus = NonNullable<CustomResourceDefinition['status']>

/**
 * The status that a CRD should have beside the given others (all other stored CRDs) and built-in kinds. `now` is RFC 3339.
 * Returns the present status object itself when nothing changes.
 */
export function crdStatus(
  crd: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  builtins: readonly KindDefinition[],
  now: string,
): CrdStatus {
  const { spec, status = {} } = crd
  const { acceptedNames, conflict } = acceptNames(crd, takenNames(spec.group, others, builtins))
  const names: CrdCondition = conflict
    ? { type: 'NamesAccepted', status: 'False', reason: conflict.reason, message: conflict.message }
    : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
  const wanted = [names, established(crd, conflict !== undefined), ...approval(crd), ...terminating(crd)]
  const next: CrdStatus = {
    ...status,
    conditions: mergeConditions(status.conditions ?? [], wanted, now),
    acceptedNames,
    storedVersions: storedVersions(crd),
  }
  return sameJson(next, status) ? status : next
}

/** Whether a CRD's kind is served: condition Established is True. */
export function isEstablished(crd: CustomResourceDefinition): boolean {
  return crd.status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') ?? false
}

/** Once established, a CRD stays so, even when a change of its names is not accepted. */
function established(crd: CustomResourceDefinition, conflict: boolean): CrdCondition {
  const present = crd.status?.conditions?.find((one) => one.type === 'Established')
  if (present?.status === 'True') return present
  return conflict
    ? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
    : {
        type: 'Established',
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      }
}

const APPROVED = 'api-approved.kubernetes.io'

/** Groups of the Kubernetes community need an annotation that points to their review. */
function approval({ spec, metadata }: CustomResourceDefinition): CrdCondition[] {
  if (!isCommunityGroup(spec.group)) return []
  const type = 'KubernetesAPIApprovalPolicyConformant'
  const value = metadata.annotations?.[APPROVED] ?? ''
  return value.startsWith('unapproved')
    ? [{ type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: "${value}"` }]
    : [{ type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${value}` }]
}

/** Whether a group is reserved for reviewed APIs. */
export function isCommunityGroup(group: string): boolean {
  return ['k8s.io', 'kubernetes.io'].some((domain) => group === domain || group.endsWith(`.${domain}`))
}

function terminating({ metadata }: CustomResourceDefinition): CrdCondition[] {
  if (metadata.deletionTimestamp === undefined) return []
  return [
    {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    },
  ]
}

interface Taken {
  readonly resources: ReadonlySet<string>
  readonly kinds: ReadonlySet<string>
}

function takenNames(
  group: string,
  others: readonly CustomResourceDefinition[],
  builtins: readonly KindDefinition[],
): Taken {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  const take = (names: CrdNames): void => {
    for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])])
      if (name) resources.add(name)
    for (const name of [names.kind, names.listKind]) if (name) kinds.add(name)
  }
  for (const { spec, status } of others)
    if (spec.group === group && status?.acceptedNames) take(status.acceptedNames)
  for (const { ref, singular, shortNames, listKind, versions } of builtins) {
    if (versions.some((face) => face.group === group)) {
      take({ plural: ref.plural, singular, shortNames, kind: ref.kind, listKind })
    }
  }
  return { resources, kinds }
}

interface Conflict {
  readonly reason: string
  readonly message: string
}

/** Names that are free (or its own already) are accepted one by one; the last conflict is told. */
function acceptNames({ spec, status }: CustomResourceDefinition, taken: Taken) {
  const before: Partial<CrdNames> = status?.acceptedNames ?? {}
  const accepted: Record<string, unknown> = { ...before }
  let conflict: Conflict | undefined
  const single = (name: 'plural' | 'singular' | 'kind' | 'listKind', reason: string): void => {
    const wanted = spec.names[name]
    const used = name === 'kind' || name === 'listKind' ? taken.kinds : taken.resources
    if (!wanted || wanted === before[name] || !used.has(wanted)) {
      if (wanted) accepted[name] = wanted
    } else conflict = { reason, message: inUse(wanted) }
  }
  single('plural', 'PluralConflict')
  single('singular', 'SingularConflict')
  const wantedShort = spec.names.shortNames ?? []
  const clashes = wantedShort.filter(
    (name) => !before.shortNames?.includes(name) && taken.resources.has(name),
  )
  if (clashes.length > 0) {
    const texts = clashes.map(inUse)
    conflict = {
      reason: 'ShortNamesConflict',
      message: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`,
    }
  } else if (wantedShort.length > 0) accepted['shortNames'] = wantedShort
  else delete accepted['shortNames']
  single('kind', 'KindConflict')
  single('listKind', 'ListKindConflict')
  if (spec.names.categories?.length) accepted['categories'] = spec.names.categories
  else delete accepted['categories']
  return { acceptedNames: { plural: '', kind: '', ...accepted } as CrdNames, conflict }
}

const inUse = (name: string): string => `"${name}" is already in use`

/** Versions that objects may be stored in: those before, and the storage version of now. */
function storedVersions({ spec, status }: CustomResourceDefinition): readonly string[] {
  const before = status?.storedVersions ?? []
  const storage = spec.versions.find((version) => version.storage)?.name
  return storage === undefined || before.includes(storage) ? before : [...before, storage]
}

/** Present conditions in their order with the wanted ones set; the time moves only with the status. */
function mergeConditions(
  present: readonly CrdCondition[],
  wanted: readonly CrdCondition[],
  now: string,
): readonly CrdCondition[] {
  const set = (condition: CrdCondition, old: CrdCondition | undefined): CrdCondition => ({
    type: condition.type,
    status: condition.status,
    lastTransitionTime:
      old?.status === condition.status && old.lastTransitionTime ? old.lastTransitionTime : now,
    ...(condition.reason === undefined ? {} : { reason: condition.reason }),
    ...(condition.message === undefined ? {} : { message: condition.message }),
  })
  const kept = present.map((old) => {
    const condition = wanted.find((one) => one.type === old.type)
    return condition ? set(condition, old) : old
  })
  const added = wanted.filter((one) => !present.some((old) => old.type === one.type))
  return [...kept, ...added.map((one) => set(one, undefined))]
}
