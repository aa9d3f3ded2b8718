// Timestamps as metav1.Time and MicroTime read and write them: RFC 3339 in, UTC with second or microsecond precision out.

const LAYOUT: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d\d/, '01'],
  [/^-/, '-'],
  [/^\d\d/, '02'],
  [/^T/, 'T'],
  [/^\d\d/, '15'],
  [/^:/, ':'],
  [/^\d\d/, '04'],
  [/^:/, ':'],
  [/^\d\d(?:[.,]\d+)?/, '05'],
  [/^(?:Z|[+-]\d\d:\d\d)/, 'Z07:00'],
]
const LAYOUT_TEXT: Readonly<Record<Precision, string>> = {
  seconds: '2006-01-02T15:04:05Z07:00',
  micros: '2006-01-02T15:04:05.000000Z07:00',
}
export type Precision = 'seconds' | 'micros'

/** Normalises an RFC 3339 text to UTC (`2026-11-22T10:00:00Z`, with six digits for micros); or says what is wrong, in Go's words. */
export function normalizeTime(text: string, precision: Precision): { text: string } | { error: string } {
  let rest = text
  for (const [pattern, name] of LAYOUT) {
    const match = pattern.exec(rest)
    if (!match) {
      const parsing = `parsing time ${JSON.stringify(text)} as ${JSON.stringify(LAYOUT_TEXT[precision])}`
      return { error: `${parsing}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(name)}` }
    }
    rest = rest.slice(match[0].length)
  }
  if (rest !== '')
    return { error: `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}` }
  const ms = Date.parse(text.replace(',', '.'))
  // Date.parse carries a day that the month lacks over into the next one
  const [, day] = /^\d{4}-\d\d-(\d\d)/.exec(text) ?? []
  const local = Date.parse(`${text.slice(0, 19)}Z`)
  if (Number.isNaN(ms) || new Date(local).getUTCDate() !== Number(day)) {
    return { error: `parsing time ${JSON.stringify(text)}: day out of range` }
  }
  const fraction = /[.,](\d+)/.exec(text)?.[1] ?? ''
  return { text: formatTime(Math.floor(ms / 1000), Number(fraction.padEnd(9, '0').slice(0, 9)), precision) }
}

/** The API's text of seconds (since the epoch) and nanoseconds; RangeError for years that no Date has. */
export function formatTime(seconds: number, nanos: number, precision: Precision): string {
  const iso = new Date(seconds * 1000).toISOString().slice(0, -5)
  return precision === 'seconds' ? `${iso}Z` : `${iso}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`
}
