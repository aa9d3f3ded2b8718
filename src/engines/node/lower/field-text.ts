// What may stand in header fields (RFC 9110 section 5.5), for names and values that no codec has read.

const UNFIT = /[^\t\u0020-\u007e\u0080-\u00ff]/
const ALL_UNFIT = new RegExp(UNFIT, 'g')
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/
/** Fields that say where a message ends: only whoever writes the message knows. */
const LENGTHS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** The value without what no field may hold, so that it cannot end its line. One character is one byte. */
export function fieldText(value: string): string {
  return UNFIT.test(value) ? value.replace(ALL_UNFIT, '') : value
}

/** Whether a rule may write or remove a field of that name. */
export function isRulable(name: string): boolean {
  return TOKEN.test(name) && !LENGTHS.has(name)
}
