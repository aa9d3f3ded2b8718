// CustomResourceDefinition as a served kind.
import { CRD } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import { column, NAME } from '../kinds/columns.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { crdErrors } from './crd-validation.ts'
import type { CustomResourceDefinition } from './custom-resource-definition.ts'

const asCrd = (object: KubeObject): CustomResourceDefinition => object as CustomResourceDefinition

/** The kind whose objects define other kinds. */
export const crdKind: KindDefinition = {
  ref: CRD,
  singular: 'customresourcedefinition',
  listKind: 'CustomResourceDefinitionList',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  versions: [builtinVersion('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')],
  subresources: { status: true },
  builtin: true,

  default: (object) => {
    const crd = asCrd(object)
    const { names = { plural: '', kind: '' }, conversion, preserveUnknownFields: _, ...spec } = crd.spec ?? {}
    return {
      ...crd,
      spec: {
        ...spec,
        group: spec.group ?? '',
        scope: spec.scope ?? '',
        names: {
          ...names,
          singular: names.singular || names.kind.toLowerCase(),
          listKind: names.listKind || `${names.kind}List`,
        },
        versions: spec.versions ?? [],
        conversion: conversion ?? { strategy: 'None' },
      },
    } as CustomResourceDefinition
  },

  validate: (object, old, { subresource }) =>
    subresource === 'status' ? [] : crdErrors(asCrd(object), old && asCrd(old)),

  table: {
    columns: [NAME, column('Created At', 'date', 'When the definition was created.')],
    cells: (object) => [object.metadata.name, object.metadata.creationTimestamp ?? ''],
  },
}
