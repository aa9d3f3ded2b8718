// Rules of a CRD's schema, applied to an object.
import type { FieldError } from '../../kind.ts'
import type { Schema } from '../../schema.ts'

/** Errors of all rules; transition rules need the old value. */
export function ruleErrors(_object: unknown, _old: unknown, _schema: Schema): FieldError[] {
  return []
}
