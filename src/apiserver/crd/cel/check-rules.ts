// Rules of a CRD's schema, checked when the CRD is written.
import type { FieldError } from '../../kind.ts'
import type { Schema } from '../../schema.ts'

/** What is wrong with the rules below a schema at `field`. */
export function ruleProblems(_schema: Schema, _field: string): FieldError[] {
  return []
}
