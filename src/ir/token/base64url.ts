// Base64url (RFC 4648 section 5) as Envoy reads it in tokens: with or without padding, white space does not count.

/** The bytes, one per character; undefined when the text is not base64url. */
export function decodeBase64url(text: string): string | undefined {
  if (/[+/]/.test(text)) return undefined
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return undefined
  }
}

/** Bytes, one per character, as an array. */
export const bytesOf = (binary: string): Uint8Array =>
  Uint8Array.from(binary, (character) => character.charCodeAt(0))

/** Text as its UTF-8 bytes, one per character: how header fields hold it. */
export const utf8 = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')

/** A JSON object in base64url; undefined when it is no base64url, null when it is no object in JSON. */
export function decodeObject(text: string): Readonly<Record<string, unknown>> | null | undefined {
  const binary = decodeBase64url(text)
  if (binary === undefined) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(binary)))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null
  } catch {
    return null
  }
}
