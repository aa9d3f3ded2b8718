// JSON values as patches see them.

export type JsonMap = Readonly<Record<string, unknown>>

/** A JSON object. */
export const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A JSON array. */
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
