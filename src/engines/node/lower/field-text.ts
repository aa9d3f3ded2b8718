// What may stand in header fields (RFC 9110 section 5.5), for names and values that no codec has read.

const UNFIT = /[^\t\u0020-\u007e\u0080-\u00ff]/
const ALL_UNFIT = new RegExp(UNFIT, 'g')
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a field value may not hold
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/
/** Fields that say where a message ends: only whoever writes the message knows. */
const LENGTHS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** The value without what no field may hold, so that it cannot end its line. One character is one byte. */
export function fieldText(value: string): string {
  return UNFIT.test(value) ? value.replace(ALL_UNFIT, '') : value
}

/** Whether the value holds a control character, which no field may: for those who refuse such a value instead of cleaning it. */
export function holdsControl(value: string): boolean {
  return CONTROL.test(value)
}

/** Whether a field may have that name (a token of RFC 9110 section 5.6.2). */
export function isFieldName(name: string): boolean {
  return TOKEN.test(name)
}

/** Whether a rule may write or remove a field of that name. */
export function isRulable(name: string): boolean {
  return isFieldName(name) && !LENGTHS.has(name)
}
