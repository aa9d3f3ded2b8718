// Deployment: keeps replicas of a pod template, and rolls from one template to the next.
import { DEPLOYMENT } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { forbidden, invalid, notSupported, required } from '../validation/field-error.ts'
import { immutableField } from '../validation/metadata.ts'
import { AGE, age, column, NAME } from './columns.ts'
import { nonNegative } from './probe-validation.ts'
import {
  defaultWorkload,
  WORKLOAD_COLUMNS,
  type Workload,
  type WorkloadSpec,
  workloadCells,
  workloadErrors,
} from './workload.ts'

interface Strategy {
  readonly type?: string
  readonly rollingUpdate?: { readonly maxUnavailable?: number | string; readonly maxSurge?: number | string }
}
interface DeploymentSpec extends WorkloadSpec {
  readonly strategy?: Strategy
  readonly revisionHistoryLimit?: number
  readonly progressDeadlineSeconds?: number
}
type Deployment = Workload<DeploymentSpec>
const asDeployment = (object: KubeObject): Deployment => object as Deployment

export const deploymentKind: KindDefinition = {
  ref: DEPLOYMENT,
  singular: 'deployment',
  listKind: 'DeploymentList',
  shortNames: ['deploy'],
  categories: ['all'],
  versions: [builtinVersion('apps', 'v1', 'Deployment')],
  subresources: {
    status: true,
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.spec.selector',
    },
  },
  builtin: true,

  default: (object) => {
    const deployment = asDeployment(object)
    const spec = defaultWorkload(deployment.spec ?? {})
    return {
      ...deployment,
      spec: {
        ...spec,
        strategy: defaultStrategy(spec.strategy ?? {}),
        revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
        progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
      },
    } as Deployment
  },

  prepare: (object, old) => (old ? object : ({ ...object, status: {} } as Deployment)),

  validate: (object, old, { subresource }) => {
    if (subresource === 'status') return []
    const spec = asDeployment(object).spec ?? {}
    const errors = [...workloadErrors(spec, 'deployment'), ...rolloutErrors(spec)]
    return old
      ? [...immutableField('spec.selector', spec.selector, asDeployment(old).spec?.selector), ...errors]
      : errors
  },

  table: {
    columns: [
      NAME,
      column('Ready', 'string', 'Ready pods of those wanted.'),
      column('Up-to-date', 'string', 'Pods of the present template.'),
      column('Available', 'string', 'Pods that have been ready for minReadySeconds.'),
      AGE,
      ...WORKLOAD_COLUMNS,
    ],
    cells: (object, now) => {
      const deployment = asDeployment(object)
      const {
        readyReplicas = 0,
        updatedReplicas = 0,
        availableReplicas = 0,
      } = (deployment.status ?? {}) as Record<string, number | undefined>
      return [
        object.metadata.name,
        `${readyReplicas}/${deployment.spec?.replicas ?? 0}`,
        updatedReplicas,
        availableReplicas,
        age(object, now),
        ...workloadCells(deployment),
      ]
    },
  },
}

function defaultStrategy(strategy: Strategy): Strategy {
  const type = strategy.type || 'RollingUpdate'
  if (type !== 'RollingUpdate') return { ...strategy, type }
  const { maxUnavailable = '25%', maxSurge = '25%', ...rest } = strategy.rollingUpdate ?? {}
  return { ...strategy, type, rollingUpdate: { ...rest, maxUnavailable, maxSurge } }
}

function rolloutErrors(spec: DeploymentSpec): FieldError[] {
  const { strategy = {}, revisionHistoryLimit: history = 0, progressDeadlineSeconds: deadline } = spec
  const errors = [...strategyErrors(strategy), ...nonNegative('spec.revisionHistoryLimit', history)]
  if (deadline !== undefined) {
    errors.push(...nonNegative('spec.progressDeadlineSeconds', deadline))
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
    }
  }
  return errors
}

function strategyErrors({ type = '', rollingUpdate }: Strategy): FieldError[] {
  const path = 'spec.strategy.rollingUpdate'
  if (type === 'Recreate') {
    return rollingUpdate ? [forbidden(path, "may not be specified when strategy `type` is 'Recreate'")] : []
  }
  if (type !== 'RollingUpdate') {
    return [notSupported('spec.strategy.type', type, ['Recreate', 'RollingUpdate'])]
  }
  if (!rollingUpdate) return [required(path, 'this should be defaulted and never be nil')]
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate
  const errors = [
    ...amountErrors(maxUnavailable, `${path}.maxUnavailable`),
    ...amountErrors(maxSurge, `${path}.maxSurge`),
  ]
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  }
  if (typeof maxUnavailable === 'string' && amountOf(maxUnavailable) > 100) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'))
  }
  return errors
}

const PERCENT = '[0-9]+%'

function amountErrors(amount: number | string, field: string): FieldError[] {
  if (typeof amount === 'number') return nonNegative(field, amount)
  if (new RegExp(`^${PERCENT}$`).test(amount)) return []
  return [
    invalid(
      field,
      amount,
      `a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '${PERCENT}')`,
    ),
  ]
}

const amountOf = (amount: number | string): number => Number.parseInt(String(amount), 10)
