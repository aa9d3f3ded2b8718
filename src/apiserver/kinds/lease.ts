// Lease: who leads, and that somebody is alive.
import { LEASE } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { forbidden, invalid } from '../validation/field-error.ts'
import { AGE, age, column, NAME } from './columns.ts'
import { nonNegative } from './probe-validation.ts'

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly leaseTransitions?: number
    readonly strategy?: string
    readonly preferredHolder?: string
  }
}

export const leaseKind: KindDefinition = {
  ref: LEASE,
  singular: 'lease',
  listKind: 'LeaseList',
  shortNames: [],
  categories: [],
  versions: [builtinVersion('coordination.k8s.io', 'v1', 'Lease')],
  subresources: {},
  builtin: true,
  generation: false,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,

  validate: (object) => {
    const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = (object as Lease).spec ?? {}
    const errors: FieldError[] = []
    if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
      errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'))
    }
    errors.push(...nonNegative('spec.leaseTransitions', leaseTransitions ?? 0))
    if (preferredHolder && !strategy) {
      errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'))
    }
    return errors
  },

  table: {
    columns: [NAME, column('Holder', 'string', 'Who holds the lease.'), AGE],
    cells: (object, now) => [
      object.metadata.name,
      (object as Lease).spec?.holderIdentity ?? '',
      age(object, now),
    ],
  },
}
