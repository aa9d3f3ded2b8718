// What Deployments and ReplicaSets share: a selector, a pod template, and a number of replicas.
import type { KubeObject } from '../../resources/object.ts'
import type { Column, FieldError } from '../kind.ts'
import { invalid, notSupported, required } from '../validation/field-error.ts'
import {
  type LabelSelector,
  validateAnnotations,
  validateLabelSelector,
  validateLabels,
} from '../validation/metadata.ts'
import { column, formatLabels } from './columns.ts'
import { defaultPodSpec } from './pod-defaults.ts'
import type { Loose, PodTemplate } from './pod-type.ts'
import { podSpecErrors } from './pod-validation.ts'
import { nonNegative } from './probe-validation.ts'

export interface WorkloadSpec extends Loose {
  readonly replicas?: number
  readonly minReadySeconds?: number
  readonly selector?: LabelSelector
  readonly template?: PodTemplate
}

export interface Workload<Spec extends WorkloadSpec = WorkloadSpec> extends KubeObject {
  readonly spec?: Spec
  readonly status?: Loose & { readonly replicas?: number; readonly readyReplicas?: number }
}

/** A spec with one replica and a filled template. */
export function defaultWorkload<Spec extends WorkloadSpec>(spec: Spec): Spec {
  const { template = {} } = spec
  return {
    ...spec,
    replicas: spec.replicas ?? 1,
    template: {
      ...template,
      metadata: template.metadata ?? {},
      spec: defaultPodSpec(template.spec ?? {}, false),
    },
  }
}

/** Errors of a workload's spec. `kind` is the word in "empty selector is invalid for …". */
export function workloadErrors(spec: WorkloadSpec, kind: string): FieldError[] {
  const { selector, template = {}, replicas = 1, minReadySeconds = 0 } = spec
  return [
    ...nonNegative('spec.replicas', replicas),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...selectorErrors(selector, kind),
    ...templateErrors(template, selector),
  ]
}

function selectorErrors(selector: LabelSelector | undefined, kind: string): FieldError[] {
  if (!selector) return [required('spec.selector')]
  const errors = validateLabelSelector(selector, 'spec.selector')
  if (isEmpty(selector)) {
    errors.push(invalid('spec.selector', selector, `empty selector is invalid for ${kind}`))
  }
  return errors
}

const isEmpty = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0

function templateErrors(template: PodTemplate, selector: LabelSelector | undefined): FieldError[] {
  const labels = template.metadata?.labels ?? {}
  const errors: FieldError[] = []
  if (selector && !isEmpty(selector) && !selects(selector, labels)) {
    errors.push(
      invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
    )
  }
  const { restartPolicy = '' } = template.spec ?? {}
  return [
    ...errors,
    ...validateLabels(labels, 'spec.template.labels'),
    ...validateAnnotations(template.metadata?.annotations, 'spec.template.annotations'),
    ...podSpecErrors(template.spec ?? {}, 'spec.template.spec'),
    ...(restartPolicy === 'Always'
      ? []
      : [notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always'])]),
  ]
}

/** Whether labels satisfy a meta/v1 LabelSelector. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      const named = value !== undefined && values.includes(value)
      return operator === 'In' ? named : !named
    })
  )
}

/** Containers, Images, Selector: the wide columns of workloads. */
export const WORKLOAD_COLUMNS: readonly Column[] = [
  column('Containers', 'string', 'Names of the containers of the template.', 1),
  column('Images', 'string', 'Images of the containers of the template.', 1),
  column('Selector', 'string', 'Labels of the pods that belong to it.', 1),
]

/** Their cells. */
export function workloadCells({ spec }: Workload): readonly string[] {
  const containers = spec?.template?.spec?.containers ?? []
  return [
    containers.map(({ name }) => name).join(','),
    containers.map(({ image }) => image).join(','),
    formatSelector(spec?.selector),
  ]
}

function formatSelector(selector: LabelSelector | undefined): string {
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`
  })
  const labels =
    Object.keys(selector?.matchLabels ?? {}).length > 0 ? [formatLabels(selector?.matchLabels)] : []
  return [...labels, ...expressions].join(',') || '<none>'
}
