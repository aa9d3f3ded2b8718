// ServiceAccount: a name for workloads, with the secrets they may use.
import { SERVICE_ACCOUNT } from '../../resources/kinds.ts'
import type { KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { AGE, age, NAME } from './columns.ts'

export const serviceAccountKind: KindDefinition = {
  ref: SERVICE_ACCOUNT,
  singular: 'serviceaccount',
  listKind: 'ServiceAccountList',
  shortNames: ['sa'],
  categories: [],
  versions: [builtinVersion('', 'v1', 'ServiceAccount')],
  subresources: {},
  builtin: true,
  deleteReturnsObject: true,
  table: {
    columns: [NAME, AGE],
    cells: (object, now) => [object.metadata.name, age(object, now)],
  },
}
