// Base64 as Go's standard encoding reads it: newlines are skipped, padding is demanded, errors name the byte.

const WELL_FORMED = /^[A-Za-z0-9+/]*={0,2}$/

/** The text re-encoded without newlines, or what is wrong with it. */
export function normalizeBase64(text: string): { text: string } | { error: string } {
  const clean = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text
  if (clean.length % 4 === 0 && WELL_FORMED.test(clean)) {
    return { text: clean.endsWith('=') ? Buffer.from(clean, 'base64').toString('base64') : clean }
  }
  return { error: `illegal base64 data at input byte ${faultyByte(text)}` }
}

/** The index that Go's decoder reports: the bad character, or the start of the group that is cut short. */
function faultyByte(text: string): number {
  let inGroup = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\r' || char === '\n') continue
    if (char === '=') {
      if (inGroup < 2) return at
      const needed = 4 - inGroup
      const tail = text.slice(at).replace(/[\r\n]/g, '')
      if (tail.length < needed) return text.length
      const bad = [...tail.slice(0, needed)].findIndex((one) => one !== '=')
      return at + (bad >= 0 ? bad : needed)
    }
    if (!/[A-Za-z0-9+/]/.test(char)) return at
    inGroup = (inGroup + 1) % 4
  }
  return text.length - inGroup
}
