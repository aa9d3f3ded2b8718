// CustomResourceDefinition as a served kind.
import { CRD } from '../../resources/kinds.ts'
import type { KindDefinition } from '../kind.ts'

/** The kind whose objects define other kinds. */
export const crdKind: KindDefinition = {
  ref: CRD,
  singular: 'customresourcedefinition',
  listKind: 'CustomResourceDefinitionList',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  versions: [],
  subresources: { status: true },
  builtin: true,
  table: { columns: [], cells: () => [] },
}
