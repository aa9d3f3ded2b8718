// ReplicaSet: keeps a number of pods of one template.
import { REPLICA_SET } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { immutableField } from '../validation/metadata.ts'
import { AGE, age, column, NAME } from './columns.ts'
import {
  defaultWorkload,
  WORKLOAD_COLUMNS,
  type Workload,
  workloadCells,
  workloadErrors,
} from './workload.ts'

const asReplicaSet = (object: KubeObject): Workload => object as Workload

export const replicaSetKind: KindDefinition = {
  ref: REPLICA_SET,
  singular: 'replicaset',
  listKind: 'ReplicaSetList',
  shortNames: ['rs'],
  categories: ['all'],
  versions: [builtinVersion('apps', 'v1', 'ReplicaSet')],
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
    const replicaSet = asReplicaSet(object)
    return { ...replicaSet, spec: defaultWorkload(replicaSet.spec ?? {}) } as Workload
  },

  prepare: (object, old) => (old ? object : ({ ...object, status: { replicas: 0 } } as Workload)),

  validate: (object, old, { subresource }) => {
    if (subresource === 'status') return []
    const spec = asReplicaSet(object).spec ?? {}
    const errors = workloadErrors(spec, 'replica set')
    return old
      ? [...immutableField('spec.selector', spec.selector, asReplicaSet(old).spec?.selector), ...errors]
      : errors
  },

  selectableFields: { 'status.replicas': (object) => String(asReplicaSet(object).status?.replicas ?? 0) },
  table: {
    columns: [
      NAME,
      column('Desired', 'integer', 'Pods wanted.'),
      column('Current', 'integer', 'Pods there are.'),
      column('Ready', 'integer', 'Pods that are ready.'),
      AGE,
      ...WORKLOAD_COLUMNS,
    ],
    cells: (object, now) => {
      const replicaSet = asReplicaSet(object)
      const { replicas = 0, readyReplicas = 0 } = replicaSet.status ?? {}
      return [
        object.metadata.name,
        replicaSet.spec?.replicas ?? 0,
        replicas,
        readyReplicas,
        age(object, now),
        ...workloadCells(replicaSet),
      ]
    },
  },
}
