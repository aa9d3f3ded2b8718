// From a CustomResourceDefinition to the kind it defines, so that custom objects run through the same pipeline as built-in ones.
import { apiVersionOf, type KubeObject } from '../../resources/object.ts'
import type { KindDefinition, ServedVersion } from '../kind.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import { sameJson } from '../pipeline/same-json.ts'
import type { Schema } from '../schema.ts'
import type { CrdVersion, CustomResourceDefinition } from './custom-resource-definition.ts'
import { customErrors, pruneAndDefault } from './custom-rules.ts'
import { jsonPath } from './json-path.ts'
import { tableOf } from './printer-columns.ts'
import { prune } from './prune.ts'

const NO_SCHEMA: Schema = { type: 'object' }

/** The kind that a stored (hence valid) CRD defines; schema work is done at first use. Uses `status.acceptedNames` for its names where present. */
export function kindFromCrd(crd: CustomResourceDefinition): KindDefinition {
  const { spec, status } = crd
  const names = { ...spec.names, ...status?.acceptedNames, plural: spec.names.plural, kind: spec.names.kind }
  const storage = spec.versions.find((version) => version.storage) ?? (spec.versions[0] as CrdVersion)
  const schema = schemaOf(storage)
  const { status: hasStatus, scale } = storage.subresources ?? {}
  return {
    ref: {
      group: spec.group,
      version: storage.name,
      kind: names.kind,
      plural: names.plural,
      namespaced: spec.scope === 'Namespaced',
    },
    singular: names.singular ?? names.kind.toLowerCase(),
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    versions: spec.versions
      .filter((version) => version.served)
      .map((version) => faceOf(crd, version, storage)),
    subresources: { ...(hasStatus ? { status: true } : {}), ...(scale ? { scale } : {}) },
    builtin: false,
    default: (object) => pruneAndDefault(object, schema),
    validate: (object, old) => customErrors(object, old, schema),
    ...(hasStatus ? {} : { specChanged: anythingButMetadata }),
    allowUnconditionalUpdate: false,
    selectableFields: selectableFields(spec.versions),
    table: tableOf(spec.versions.find((version) => version.served) ?? storage),
  }
}

const schemaOf = (version: CrdVersion): Schema => version.schema?.openAPIV3Schema ?? NO_SCHEMA

function anythingButMetadata(object: KubeObject, old: KubeObject): boolean {
  return !sameJson({ ...object, metadata: null }, { ...old, metadata: null })
}

function faceOf(crd: CustomResourceDefinition, version: CrdVersion, storage: CrdVersion): ServedVersion {
  const { group, names } = crd.spec
  const deprecated = `${group}/${version.name} ${names.kind} is deprecated`
  let published: Schema | undefined
  return {
    group,
    version: version.name,
    get schema() {
      published ??= withTypeAndMetadata(schemaOf(version))
      return published
    },
    ...(version === storage ? {} : conversion(group, version, storage)),
    ...(version.deprecated ? { deprecated: version.deprecationWarning ?? deprecated } : {}),
  }
}

/** Strategy None: another apiVersion, and only what the target's schema knows. Most CRDs have the same schema in all versions. */
function conversion(
  group: string,
  version: CrdVersion,
  storage: CrdVersion,
): Pick<ServedVersion, 'toStorage' | 'fromStorage'> {
  let same: boolean | undefined
  const schema = schemaOf(version)
  const as = (object: KubeObject, name: string): KubeObject => {
    same ??= sameJson(schema, schemaOf(storage))
    const known = same ? object : prune(object, schema)
    return { ...known, apiVersion: apiVersionOf({ group, version: name }) }
  }
  return {
    toStorage: (object) => as(object, storage.name),
    fromStorage: (object) => {
      const shown = as(object, version.name)
      return same ? shown : pruneAndDefault(shown, schema)
    },
  }
}

/** The schema with what every object has; metadata is always ObjectMeta. */
function withTypeAndMetadata(schema: Schema): Schema {
  const metadata = builtinSchema('', 'v1', 'Namespace').properties?.['metadata']
  const text: Schema = { type: 'string' }
  return {
    ...schema,
    type: 'object',
    properties: { apiVersion: text, kind: text, ...schema.properties, ...(metadata ? { metadata } : {}) },
  }
}

function selectableFields(versions: readonly CrdVersion[]): NonNullable<KindDefinition['selectableFields']> {
  const fields = versions
    .flatMap(({ selectableFields: list = [] }) => list)
    .flatMap(({ jsonPath: path }) => {
      const find = jsonPath(path)
      if (typeof find !== 'function') return []
      const read = (object: KubeObject): string => String(find(object)[0] ?? '')
      return [[path.replace(/^\./, ''), read] as const]
    })
  return Object.fromEntries(fields)
}
