// DER encoding (ITU-T X.690), the few types that certificates, CRLs and their extensions are made of.

/** One encoded value: tag byte, definite length, content. */
export function tlv(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length: number[] = []
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256)
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body])
}

/** SEQUENCE. */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts)

/** SET OF; DER wants the members sorted by their encoding. */
export const setOf = (...parts: readonly Uint8Array[]): Buffer =>
  tlv(0x31, ...[...parts].sort(Buffer.compare))

/** INTEGER from big-endian magnitude bytes, never negative. */
export function unsigned(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const trimmed = bytes.subarray(start)
  const needsZero = trimmed.length === 0 || ((trimmed[0] ?? 0) & 0x80) !== 0
  return tlv(0x02, needsZero ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed)
}

/** INTEGER from a small non-negative number. */
export const integer = (value: number): Buffer =>
  unsigned(Buffer.from(value.toString(16).padStart(value > 0xff ? 8 : 2, '0'), 'hex'))

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80)
    bytes.push(...digits)
  }
  return tlv(0x06, Buffer.from(bytes))
}

/** BOOLEAN TRUE; DER leaves FALSE defaults out. */
export const yes: Buffer = Buffer.from([0x01, 0x01, 0xff])

/** OCTET STRING. */
export const octets = (bytes: Uint8Array): Buffer => tlv(0x04, bytes)

/** BIT STRING; `unused` counts the unused bits of the last byte. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), bytes)

/** UTF8String. */
export const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text, 'utf8'))

/** `[n] EXPLICIT`. */
export const explicit = (n: number, value: Uint8Array): Buffer => tlv(0xa0 | n, value)

/** `[n] IMPLICIT` of a primitive type, from the content bytes. */
export const implicit = (n: number, content: Uint8Array): Buffer => tlv(0x80 | n, content)

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 4.1.2.5); seconds precision. */
export function time(milliseconds: number): Buffer {
  const iso = new Date(milliseconds).toISOString()
  const digits = `${iso.slice(0, 19).replace(/\D/g, '')}Z`
  return Number(iso.slice(0, 4)) < 2050
    ? tlv(0x17, Buffer.from(digits.slice(2)))
    : tlv(0x18, Buffer.from(digits))
}
