// Defaulting and validation of the objects of one version of a CRD, in the order of apiextensions: prune, default, then schema, lists and rules.
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { ruleErrors } from './cel/evaluate-rules.ts'
import { defaultFields } from './default-fields.ts'
import { embeddedErrors } from './embedded-resources.ts'
import { uniquenessErrors } from './list-uniqueness.ts'
import { prune } from './prune.ts'
import { schemaErrors } from './schema-validation.ts'

/** The object without unknown fields, defaults filled in. */
export function pruneAndDefault(object: KubeObject, schema: Schema): KubeObject {
  return defaultFields(prune(object, schema), schema)
}

/** All errors of an object; with `old`, parts that did not change are not judged again. */
export function customErrors(object: KubeObject, old: KubeObject | undefined, schema: Schema): FieldError[] {
  const shape = [
    ...schemaErrors(object, schema, '', old),
    ...embeddedErrors(object, schema, ''),
    ...changed(uniquenessErrors(object, schema, ''), old && uniquenessErrors(old, schema, '')),
  ]
  if (shape.length === 0) return ruleErrors(object, old, schema)
  // Rules are written for objects of the right shape; only upstream's hint that they were left out is missing here.
  return shape
}

/** Errors that the old object did not have. */
function changed(errors: FieldError[], before: readonly FieldError[] | undefined): FieldError[] {
  const known = new Set(before?.map((error) => JSON.stringify(error)))
  return errors.filter((error) => !known.has(JSON.stringify(error)))
}
