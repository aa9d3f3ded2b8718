// What may change in the spec of a pod that exists.
import type { FieldError } from '../kind.ts'
import { sameJson } from '../pipeline/same-json.ts'
import { forbidden, invalid } from '../validation/field-error.ts'
import type { Container, PodSpec } from './pod-type.ts'

const MAY_CHANGE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** Errors of a change of spec. The scheduler may set nodeName once. */
export function podUpdateErrors(spec: PodSpec, old: PodSpec): FieldError[] {
  for (const list of ['containers', 'initContainers'] as const) {
    if ((spec[list] ?? []).length !== (old[list] ?? []).length) {
      const added = list === 'containers' ? 'containers' : 'initContainers'
      return [forbidden(`spec.${list}`, `pod updates may not add or remove ${added}`)]
    }
  }
  const deadline = deadlineErrors(spec, old)
  if (deadline.length > 0) return deadline
  const [before, after] = [fixed(old, old), fixed(spec, old)]
  if (!keepsTolerations(spec, old)) {
    return [
      forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
    ]
  }
  if (sameJson(before, after)) return []
  return [forbidden('spec', `${MAY_CHANGE}\n${changed(before, after)}`)]
}

/** The spec with everything that may change as `old` has it. */
function fixed(spec: PodSpec, old: PodSpec): Record<string, unknown> {
  const images = (mine: readonly Container[] | undefined, theirs: readonly Container[] | undefined) =>
    mine?.map((container, index) => ({ ...container, image: theirs?.[index]?.image }))
  const { activeDeadlineSeconds: _a, tolerations: _t, schedulingGates: _g, nodeName, ...rest } = spec
  return JSON.parse(
    JSON.stringify({
      ...rest,
      containers: images(spec.containers, old.containers),
      initContainers: images(spec.initContainers, old.initContainers),
      nodeName: old.nodeName ? nodeName : undefined,
    }),
  ) as Record<string, unknown>
}

function deadlineErrors(spec: PodSpec, old: PodSpec): FieldError[] {
  const [now, before] = [spec.activeDeadlineSeconds, old.activeDeadlineSeconds]
  if (before === undefined || now === before) return []
  if (now !== undefined && now < before) return []
  return [
    invalid(
      'spec.activeDeadlineSeconds',
      now ?? null,
      now === undefined
        ? 'must not update from a positive integer to nil value'
        : 'must be less than or equal to previous value',
    ),
  ]
}

function keepsTolerations(spec: PodSpec, old: PodSpec): boolean {
  const plain = (toleration: object): object => ({ ...toleration, tolerationSeconds: undefined })
  return (old.tolerations ?? []).every((before) =>
    spec.tolerations?.some((one) => sameJson(plain(one), plain(before))),
  )
}

/** The top-level fields that differ, before and after. */
function changed(before: Record<string, unknown>, after: Record<string, unknown>): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return keys
    .filter((key) => !sameJson(before[key], after[key]))
    .flatMap((key) => [
      `-  ${key}: ${JSON.stringify(before[key] ?? null)}`,
      `+  ${key}: ${JSON.stringify(after[key] ?? null)}`,
    ])
    .join('\n')
}
