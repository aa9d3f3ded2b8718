// Namespace: its finalizer, its phase, and the label with its own name.
import { NAMESPACE } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { invalid } from '../validation/field-error.ts'
import { dns1123Label, qualifiedName } from '../validation/names.ts'
import { AGE, age, column, NAME } from './columns.ts'

interface Namespace extends KubeObject {
  readonly spec?: { readonly finalizers?: readonly string[] }
  readonly status?: { readonly phase?: string }
}

const FINALIZER = 'kubernetes'
const NAME_LABEL = 'kubernetes.io/metadata.name'

export const namespaceKind: KindDefinition = {
  ref: NAMESPACE,
  singular: 'namespace',
  listKind: 'NamespaceList',
  shortNames: ['ns'],
  categories: [],
  versions: [builtinVersion('', 'v1', 'Namespace')],
  subresources: { status: true },
  builtin: true,
  deleteReturnsObject: true,
  validateName: (name) => dns1123Label(name)[0],

  default: (object) => {
    const { metadata, status, ...rest } = object as Namespace
    const labels =
      metadata.name === '' ? metadata.labels : { ...metadata.labels, [NAME_LABEL]: metadata.name }
    return {
      ...rest,
      metadata: { ...metadata, ...(labels ? { labels } : {}) },
      status: { ...status, phase: status?.phase || 'Active' },
    } as Namespace
  },

  // the finalizer holds a deleted namespace until its content is gone; only the finalize subresource takes it away
  prepare: (object, old, { subresource }) => {
    const namespace = object as Namespace
    const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== FINALIZER)
    if (old === undefined) {
      return {
        ...namespace,
        spec: { ...namespace.spec, finalizers: [...finalizers, FINALIZER] },
      } as Namespace
    }
    if (subresource === 'finalize') return namespace
    const { spec } = old as Namespace
    return { ...namespace, ...(spec ? { spec } : {}) } as Namespace
  },

  validate: (object, _old, { subresource }) => {
    const namespace = object as Namespace
    return subresource === 'status' ? phaseErrors(namespace) : finalizerErrors(namespace)
  },

  selectableFields: { 'status.phase': (object) => (object as Namespace).status?.phase ?? '' },
  table: {
    columns: [NAME, column('Status', 'string', 'Active, or Terminating once deletion was asked for.'), AGE],
    cells: (object, now) => [
      object.metadata.name,
      (object as Namespace).status?.phase ?? '',
      age(object, now),
    ],
  },
}

function finalizerErrors(namespace: Namespace): FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((name) => {
    const errors = qualifiedName(name).map((message) => invalid('spec.finalizers', name, message))
    if (!name.includes('/') && name !== FINALIZER) {
      errors.push(
        invalid(
          'spec.finalizers',
          name,
          'name is neither a standard finalizer name nor is it fully qualified',
        ),
      )
    }
    return errors
  })
}

function phaseErrors(namespace: Namespace): FieldError[] {
  const phase = namespace.status?.phase
  const deleted = namespace.metadata.deletionTimestamp !== undefined
  const expected = deleted ? 'Terminating' : 'Active'
  if (phase === expected) return []
  return [
    invalid(
      'status.Phase',
      phase ?? '',
      `may only be '${expected}' if \`deletionTimestamp\` is ${deleted ? 'not ' : ''}empty`,
    ),
  ]
}
