// Quotes a string as Go's %q does: the API's messages carry values in that form, and clients compare them.

const NAMED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}

/** The double-quoted Go form of a text; printable characters stand as they are (strconv.Quote). */
export function goQuote(text: string): string {
  let out = '"'
  for (const char of text) {
    const named = NAMED[char]
    const code = char.codePointAt(0) ?? 0
    if (named !== undefined) out += named
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code >= 0xd800 && code <= 0xdfff) out += '\ufffd'
    else if (char !== ' ' && /[\p{C}\p{Z}]/u.test(char)) out += escaped(code)
    else out += char
  }
  return `${out}"`
}

function escaped(code: number): string {
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}
