// DER decoding: bounds-checked views over the bytes, no copies. Throws DerError; the readers of untrusted bytes catch it.

/** The bytes are not the DER that was expected. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** One value: its tag byte, its content and the whole encoding, as views over the input. */
export interface DerValue {
  readonly tag: number
  readonly content: Uint8Array
  readonly raw: Uint8Array
}

/** The first value at `offset`. Indefinite and non-minimal long forms over four length bytes and multi-byte tags are refused. */
export function readAt(bytes: Uint8Array, offset: number): DerValue {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined) throw new DerError('truncated header')
  if ((tag & 0x1f) === 0x1f) throw new DerError('multi-byte tag')
  let length = first
  let start = offset + 2
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0 || count > 4) throw new DerError('unsupported length form')
    length = 0
    for (let index = 0; index < count; index++) {
      const byte = bytes[start++]
      if (byte === undefined) throw new DerError('truncated length')
      length = length * 256 + byte
    }
  }
  const end = start + length
  if (end > bytes.length) throw new DerError('value runs past its end')
  return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(offset, end) }
}

/** The one value that the bytes are; anything after it is an error. */
export function readOne(bytes: Uint8Array): DerValue {
  const value = readAt(bytes, 0)
  if (value.raw.length !== bytes.length) throw new DerError('bytes after the value')
  return value
}

/** The values inside a constructed value. */
export function children(value: DerValue): readonly DerValue[] {
  if ((value.tag & 0x20) === 0) throw new DerError(`tag ${value.tag} is not constructed`)
  const found: DerValue[] = []
  for (let offset = 0; offset < value.content.length; ) {
    const child = readAt(value.content, offset)
    found.push(child)
    offset += child.raw.length
  }
  return found
}

/** The child at `index`; it must be there and, when given, have that tag. */
export function child(value: DerValue, index: number, tag?: number): DerValue {
  const found = children(value)[index]
  if (found === undefined) throw new DerError(`no element ${index}`)
  if (tag !== undefined && found.tag !== tag)
    throw new DerError(`element ${index} has tag ${found.tag}, not ${tag}`)
  return found
}

/** The dotted form of an OBJECT IDENTIFIER. */
export function readOid(value: DerValue): string {
  if (value.tag !== 0x06 || value.content.length === 0) throw new DerError('not an object identifier')
  const arcs: number[] = []
  let arc = 0
  for (const byte of value.content) {
    arc = arc * 128 + (byte & 0x7f)
    if ((byte & 0x80) === 0) {
      arcs.push(arc)
      arc = 0
    }
  }
  const first = arcs.shift() ?? 0
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...arcs].join('.')
}

/** Milliseconds since the epoch of a UTCTime or GeneralizedTime in the forms of RFC 5280 4.1.2.5. */
export function readTime(value: DerValue): number {
  const text = Buffer.from(value.content).toString('latin1')
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  const [, year = '', month, day, hour, minute, second] = match ?? []
  if (!match || (value.tag === 0x17 ? year.length !== 2 : value.tag !== 0x18 || year.length !== 4))
    throw new DerError('not a time')
  const full = year.length === 4 ? year : `${Number(year) < 50 ? '20' : '19'}${year}`
  const milliseconds = Date.parse(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(milliseconds)) throw new DerError('not a time')
  return milliseconds
}
