// The value of Content-Length (RFC 9110 section 8.6).

/** The length in a Content-Length value: digits only; undefined when it is anything else. */
export function parseContentLength(value: string): number | undefined {
  if (value.length === 0 || value.length > 15) return undefined
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    length = length * 10 + digit
  }
  return length
}
