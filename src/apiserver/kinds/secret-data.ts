// The data of Secrets and ConfigMaps: sizes, keys, and the rule that `immutable: true` freezes it.
import { isDeepStrictEqual } from 'node:util'
import type { FieldError } from '../kind.ts'
import { forbidden, invalid } from '../validation/field-error.ts'
import { configKey } from '../validation/names.ts'

/** All values together, decoded. */
export const MAX_DATA_BYTES = 1024 * 1024

export type DataMap = Readonly<Record<string, string>>

/** The number of bytes that a well-formed base64 text stands for. */
export function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return (base64.length / 4) * 3 - padding
}

/** Keys that are not `[-._a-zA-Z0-9]+`. */
export function keyErrors(data: DataMap | undefined, field: string): FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) =>
    configKey(key).map((message) => invalid(`${field}[${key}]`, key, message)),
  )
}

/** What an update of a frozen object changes although it may not. */
export function frozenErrors<T extends { readonly immutable?: boolean }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (old.immutable !== true) return []
  const detail = 'field is immutable when `immutable` is set'
  const errors = fields
    .filter((field) => !isDeepStrictEqual(object[field] ?? {}, old[field] ?? {}))
    .map((field) => forbidden(field, detail))
  return object.immutable === true ? errors : [forbidden('immutable', detail), ...errors]
}
