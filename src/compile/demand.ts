// Values that must be of a type: for readers that run guarded, where a wrong one loses its object only (schemas catch most of them before).

function wrong(field: string, wanted: string, value: unknown): Error {
  return new TypeError(`${field} must be ${wanted}, found ${JSON.stringify(value) ?? 'nothing'}`)
}

/** The text, or throws naming the field. */
export function demandText(value: unknown, field: string): string {
  if (typeof value === 'string') return value
  throw wrong(field, 'a text', value)
}

/** The number, or throws naming the field. */
export function demandNumber(value: unknown, field: string): number {
  if (typeof value === 'number') return value
  throw wrong(field, 'a number', value)
}

/** The texts, or throws naming the field; none for nothing. */
export function demandTexts(value: unknown, field: string): readonly string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.map((one, index) => demandText(one, `${field}[${index}]`))
  throw wrong(field, 'a list', value)
}

/** The map of texts, or throws naming the field; none for nothing. */
export function demandTextMap(value: unknown, field: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong(field, 'a map', value)
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, demandText(one, `${field}.${key}`)]),
  )
}
