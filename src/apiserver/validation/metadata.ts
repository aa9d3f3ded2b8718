// Validates what all kinds share: metadata on create and on update, and label selectors. Texts as in apimachinery.
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, ObjectMeta, OwnerReference } from '../../resources/object.ts'
import type { FieldError } from '../kind.ts'
import { forbidden, invalid, required, tooLong } from './field-error.ts'
import { goQuote } from './go-quote.ts'
import { byteLength, dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from './names.ts'

/** All annotations of an object, keys and values. */
export const MAX_ANNOTATIONS_BYTES = 256 * 1024

export interface MetadataRules {
  readonly namespaced: boolean
  /** The kind's own name rule; default RFC 1123 subdomain. */
  readonly validateName?: (name: string) => string | undefined
}

/** What is wrong with the metadata of an object that is about to be created; its name is generated already. */
export function validateMetadata(object: KubeObject, rules: MetadataRules): FieldError[] {
  const meta = object.metadata
  const errors: FieldError[] = []
  if (meta.generateName !== undefined && meta.generateName !== '') {
    errors.push(
      ...nameErrors('metadata.generateName', maskTrailingDash(meta.generateName), rules, meta.generateName),
    )
  }
  if (!meta.name) errors.push(required('metadata.name', 'name or generateName is required'))
  else errors.push(...nameErrors('metadata.name', meta.name, rules))
  return [...errors, ...commonErrors(meta, rules)]
}

/** What is wrong with the metadata of an update. resourceVersion is the pipeline's affair (409, or 422 where it is mandatory). */
export function validateMetadataUpdate(
  object: KubeObject,
  old: KubeObject,
  rules: MetadataRules,
): FieldError[] {
  const meta = object.metadata
  const errors: FieldError[] = []
  if (old.metadata.deletionTimestamp !== undefined) {
    const had = new Set(old.metadata.finalizers ?? [])
    const extra = [...new Set(meta.finalizers ?? [])].filter((name) => !had.has(name)).sort()
    if (extra.length > 0) {
      errors.push(
        forbidden(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${extra.map(goQuote).join(', ')}}`,
        ),
      )
    }
  }
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    errors.push(...immutableField(`metadata.${field}`, meta[field], old.metadata[field]))
  }
  return [...errors, ...commonErrors(meta, rules)]
}

/** `field is immutable`, when the two values differ. */
export function immutableField(field: string, value: unknown, old: unknown): FieldError[] {
  return isDeepStrictEqual(value, old) ? [] : [invalid(field, value ?? null, 'field is immutable')]
}

/** Label maps anywhere in an object: keys are qualified names, values label values. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedName(key).map((message) => invalid(field, key, message)),
    ...labelValue(value).map((message) => invalid(field, value, message)),
  ])
}

/** Annotation maps: keys are qualified names in any case, all together at most 256 KiB. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const entries = Object.entries(annotations ?? {})
  const errors = entries.flatMap(([key]) =>
    qualifiedName(key.toLowerCase()).map((message) => invalid(field, key, message)),
  )
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0)
  if (size > MAX_ANNOTATIONS_BYTES) errors.push(tooLong(field, MAX_ANNOTATIONS_BYTES))
  return errors
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/** A meta/v1 LabelSelector at `field`. */
export function validateLabelSelector(selector: LabelSelector | undefined, field: string): FieldError[] {
  if (!selector) return []
  const errors = validateLabels(selector.matchLabels, `${field}.matchLabels`)
  selector.matchExpressions?.forEach((expression, index) => {
    const path = `${field}.matchExpressions[${index}]`
    const values = expression.values ?? []
    if (expression.operator === 'In' || expression.operator === 'NotIn') {
      if (values.length === 0) {
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      }
    } else if (expression.operator === 'Exists' || expression.operator === 'DoesNotExist') {
      if (values.length > 0) {
        errors.push(
          forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        )
      }
    } else {
      errors.push(invalid(`${path}.operator`, expression.operator ?? '', 'not a valid selector operator'))
    }
    errors.push(
      ...qualifiedName(expression.key ?? '').map((message) =>
        invalid(`${path}.key`, expression.key, message),
      ),
    )
    values.forEach((value, at) => {
      errors.push(...labelValue(value).map((message) => invalid(`${path}.values[${at}]`, value, message)))
    })
  })
  return errors
}

function nameErrors(field: string, name: string, rules: MetadataRules, shown = name): FieldError[] {
  if (rules.validateName) {
    const message = rules.validateName(name)
    return message === undefined ? [] : [invalid(field, shown, message)]
  }
  return dns1123Subdomain(name).map((message) => invalid(field, shown, message))
}

/** A generated name goes on after its base, so a dash at the end of the base is no fault. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name
}

function commonErrors(meta: ObjectMeta, rules: MetadataRules): FieldError[] {
  const errors: FieldError[] = []
  if (rules.namespaced) {
    if (!meta.namespace) errors.push(required('metadata.namespace'))
    else
      errors.push(
        ...dns1123Label(meta.namespace).map((text) => invalid('metadata.namespace', meta.namespace, text)),
      )
  } else if (meta.namespace) {
    errors.push(forbidden('metadata.namespace', 'not allowed on this type'))
  }
  errors.push(...validateLabels(meta.labels, 'metadata.labels'))
  errors.push(...validateAnnotations(meta.annotations, 'metadata.annotations'))
  errors.push(...ownerErrors(meta.ownerReferences ?? []))
  errors.push(...finalizerErrors(meta.finalizers ?? []))
  return errors
}

function ownerErrors(owners: readonly OwnerReference[]): FieldError[] {
  const path = 'metadata.ownerReferences'
  const errors: FieldError[] = []
  let controller: string | undefined
  for (const owner of owners) {
    if (!owner.apiVersion) errors.push(invalid(`${path}.apiVersion`, '', 'version must not be empty'))
    for (const key of ['kind', 'name', 'uid'] as const) {
      if (!owner[key]) errors.push(invalid(`${path}.${key}`, '', 'must not be empty'))
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      errors.push(invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner'))
    }
    if (owner.controller !== true) continue
    const name = `${owner.kind}/${owner.name}`
    if (controller === undefined) controller = name
    else {
      errors.push(
        invalid(
          path,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        ),
      )
    }
  }
  return errors
}

function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  const path = 'metadata.finalizers'
  const errors = finalizers.flatMap((name) => qualifiedName(name).map((text) => invalid(path, name, text)))
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return errors
}
