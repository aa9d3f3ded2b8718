// What a CustomResourceDefinition must satisfy; texts as in apiextensions.

import type { FieldError } from '../kind.ts'
import { sameJson } from '../pipeline/same-json.ts'
import { duplicate, invalid, notSupported, required } from '../validation/field-error.ts'
import { immutableField } from '../validation/metadata.ts'
import { dns1035Label, dns1123Subdomain } from '../validation/names.ts'
import { ruleProblems } from './cel/check-rules.ts'
import { isCommunityGroup, isEstablished } from './crd-status.ts'
import type { CrdVersion, CustomResourceDefinition } from './custom-resource-definition.ts'
import { jsonPath } from './json-path.ts'
import { schemaErrors } from './schema-validation.ts'
import { type RawSchema, structuralErrors } from './structural.ts'
import { isTrusted } from './trusted-schemas.ts'

/** All errors of a (defaulted) CRD. */
export function crdErrors(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  const { spec, metadata } = crd
  const name = `${spec.names.plural}.${spec.group}`
  const errors: FieldError[] = []
  if (metadata.name !== name) {
    errors.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'))
  }
  return [
    ...errors,
    ...approvalErrors(crd),
    ...groupErrors(spec.group),
    ...scopeErrors(spec.scope),
    ...versionErrors(crd),
    ...nameErrors(crd),
    ...conversionErrors(crd),
    ...schemasErrors(spec.versions),
    ...spec.versions.flatMap((version, index) => versionErrorsOf(version, `spec.versions[${index}]`)),
    ...(old ? updateErrors(crd, old) : []),
  ]
}

function approvalErrors({ spec, metadata }: CustomResourceDefinition): FieldError[] {
  if (!isCommunityGroup(spec.group)) return []
  const key = 'api-approved.kubernetes.io'
  const field = `metadata.annotations[${key}]`
  const value = metadata.annotations?.[key]
  if (!value) {
    return [
      required(
        field,
        'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ),
    ]
  }
  if (value.startsWith('unapproved') || URL.canParse(value)) return []
  return [
    invalid(
      field,
      value,
      `protected groups must have approval annotation "${key}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`,
    ),
  ]
}

function groupErrors(group: string): FieldError[] {
  if (!group) return [required('spec.group')]
  const wrong = dns1123Subdomain(group)
  if (wrong.length > 0) return [invalid('spec.group', group, wrong.join(','))]
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')]
}

function scopeErrors(scope: string): FieldError[] {
  if (!scope) return [required('spec.scope')]
  const scopes = ['Cluster', 'Namespaced']
  return scopes.includes(scope) ? [] : [notSupported('spec.scope', scope, scopes)]
}

function versionErrors({ spec }: CustomResourceDefinition): FieldError[] {
  const errors = spec.versions.flatMap(({ name }, index) => {
    const wrong = dns1035Label(name)
    return wrong.length > 0 ? [invalid(`spec.versions[${index}].name`, name, wrong.join(','))] : []
  })
  const names = spec.versions.map(({ name }) => name)
  if (new Set(names).size !== names.length) {
    errors.push(invalid('spec.versions', names, 'must contain unique version names'))
  }
  if (spec.versions.filter((version) => version.storage).length !== 1) {
    errors.push(invalid('spec.versions', names, 'must have exactly one version marked as storage version'))
  }
  return errors
}

function nameErrors({ spec: { names } }: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = []
  const label = (name: 'plural' | 'singular' | 'kind' | 'listKind'): void => {
    const value = names[name]
    const field = `spec.names.${name}`
    if (!value) {
      errors.push(required(field))
      return
    }
    const mixed = name === 'kind' || name === 'listKind'
    const wrong = dns1035Label(mixed ? value.toLowerCase() : value).join(',')
    if (wrong)
      errors.push(
        invalid(field, value, mixed ? `may have mixed case, but should otherwise match: ${wrong}` : wrong),
      )
  }
  label('plural')
  label('singular')
  label('kind')
  label('listKind')
  for (const list of ['shortNames', 'categories'] as const) {
    names[list]?.forEach((value, index) => {
      const wrong = dns1035Label(value).join(',')
      if (wrong) errors.push(invalid(`spec.names.${list}[${index}]`, value, wrong))
    })
  }
  if (names.kind && names.kind === names.listKind) {
    errors.push(invalid('spec.names.listKind', names.listKind, 'kind and listKind may not be the same'))
  }
  return errors
}

/** Objects of one version need no conversion, whatever the strategy; a webhook that would be needed is refused, because none is called. */
function conversionErrors({ spec }: CustomResourceDefinition): FieldError[] {
  const strategy = spec.conversion?.strategy ?? 'None'
  if (strategy === 'None') return []
  if (strategy === 'Webhook' && spec.versions.length === 1) return []
  return [notSupported('spec.conversion.strategy', strategy, ['None'])]
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string']

/** Schemas of all versions; one that all share is spoken of as upstream does, at the place that it had before there were versions. */
function schemasErrors(versions: readonly CrdVersion[]): FieldError[] {
  const schemas = versions.map((version) => version.schema?.openAPIV3Schema)
  const [first] = schemas
  if (first && schemas.every((schema) => sameJson(schema, first))) {
    return schemaProblems(first as RawSchema, 'spec.validation.openAPIV3Schema')
  }
  return schemas.flatMap((schema, index) => {
    const path = `spec.versions[${index}].schema.openAPIV3Schema`
    return schema ? schemaProblems(schema as RawSchema, path) : [required(path, 'schemas are required')]
  })
}

function versionErrorsOf(version: CrdVersion, field: string): FieldError[] {
  const errors: FieldError[] = []
  version.additionalPrinterColumns?.forEach((column, index) => {
    const at = `${field}.additionalPrinterColumns[${index}]`
    if (!column.name) errors.push(required(`${at}.name`))
    if (!COLUMN_TYPES.includes(column.type)) {
      errors.push(invalid(`${at}.type`, column.type ?? '', `must be one of ${COLUMN_TYPES.join(',')}`))
    }
    if (!column.jsonPath) errors.push(required(`${at}.JSONPath`))
    else errors.push(...pathErrors(column.jsonPath, `${at}.JSONPath`))
  })
  return [...errors, ...scaleErrors(version, field), ...selectableErrors(version, field)]
}

/** Schemas found good: an update of a CRD seldom changes any. */
const sound = new WeakSet<RawSchema>()

function schemaProblems(schema: RawSchema, field: string): FieldError[] {
  if (sound.has(schema) || isTrusted(schema)) return []
  const errors = [...structuralErrors(schema, field), ...defaultErrors(schema, field)]
  if (errors.length === 0) errors.push(...ruleProblems(schema, field))
  if (errors.length === 0) sound.add(schema)
  return errors
}

function pathErrors(text: string, field: string): FieldError[] {
  const path = jsonPath(text)
  return typeof path === 'function' ? [] : [invalid(field, text, `is an invalid path: ${path.error}`)]
}

/** Defaults must themselves be valid. */
function defaultErrors(schema: RawSchema['items'], field: string): FieldError[] {
  if (!schema) return []
  const own = schema.default === undefined ? [] : schemaErrors(schema.default, schema, `${field}.default`)
  return [
    ...own,
    ...Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
      defaultErrors(one, `${field}.properties[${name}]`),
    ),
    ...defaultErrors(schema.items, `${field}.items`),
    ...(typeof schema.additionalProperties === 'object'
      ? defaultErrors(schema.additionalProperties, `${field}.additionalProperties`)
      : []),
  ]
}

function scaleErrors({ subresources }: CrdVersion, field: string): FieldError[] {
  const scale = subresources?.scale
  if (!scale) return []
  const path = `${field}.subresources.scale`
  const under = (name: keyof typeof scale, roots: readonly string[], text: string): FieldError[] => {
    const value = scale[name]
    if (!value) return name === 'labelSelectorPath' ? [] : [required(`${path}.${name}`)]
    return roots.some((root) => value.startsWith(`${root}.`)) ? [] : [invalid(`${path}.${name}`, value, text)]
  }
  return [
    ...under('specReplicasPath', ['.spec'], 'should be a json path under .spec'),
    ...under('statusReplicasPath', ['.status'], 'should be a json path under .status'),
    ...under(
      'labelSelectorPath',
      ['.spec', '.status'],
      'should be a json path under either .spec or .status',
    ),
  ]
}

function selectableErrors({ selectableFields = [], schema }: CrdVersion, field: string): FieldError[] {
  const seen = new Set<string>()
  return selectableFields.flatMap(({ jsonPath: path }, index) => {
    const at = `${field}.selectableFields[${index}].jsonPath`
    if (!path) return [required(at)]
    if (seen.has(path)) return [duplicate(at, path)]
    seen.add(path)
    if (path.startsWith('.metadata')) return [invalid(at, path, 'must not point to fields in metadata')]
    const leaf = path
      .split('.')
      .slice(1)
      .reduce<RawSchema['items']>((one, name) => one?.properties?.[name], schema?.openAPIV3Schema)
    if (leaf && ['string', 'boolean', 'integer'].includes(leaf.type ?? '')) return []
    return [
      invalid(
        at,
        path,
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      ),
    ]
  })
}

function updateErrors(crd: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const fixed = [
    ...immutableField('spec.group', crd.spec.group, old.spec.group),
    ...immutableField('spec.names.plural', crd.spec.names.plural, old.spec.names.plural),
  ]
  if (isEstablished(old)) {
    fixed.push(
      ...immutableField('spec.scope', crd.spec.scope, old.spec.scope),
      ...immutableField('spec.names.kind', crd.spec.names.kind, old.spec.names.kind),
    )
  }
  const names = crd.spec.versions.map(({ name }) => name)
  const lost = (old.status?.storedVersions ?? []).flatMap((version, index) =>
    names.includes(version)
      ? []
      : [
          invalid(
            `status.storedVersions[${index}]`,
            version,
            `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
          ),
        ],
  )
  return [...fixed, ...lost]
}
