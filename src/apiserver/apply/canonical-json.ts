// JSON as Go's encoding/json writes it: keys sorted, HTML characters escaped. Texts in this form are compared, never parsed by meaning.

const SPECIAL = /[<>&\u2028\u2029]/

/** The canonical text of a JSON value. */
export function canonicalJson(value: unknown): string {
  const text = JSON.stringify(sorted(value))
  if (!SPECIAL.test(text)) return text
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const source = value as Readonly<Record<string, unknown>>
  const out: Record<string, unknown> = {}
  for (const key of Object.keys(source).sort()) out[key] = sorted(source[key])
  return out
}
