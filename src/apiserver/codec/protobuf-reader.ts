// The protobuf wire format, read with bounds: every length and every nesting is checked before it is followed.

/** Bytes that are not a message of the expected shape. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

export type Wire =
  | { readonly type: 'varint'; readonly low: number; readonly high: number }
  | { readonly type: 'fixed64' | 'fixed32' | 'bytes'; readonly bytes: Uint8Array }

/** The fields of a message in the order in which they come. Throws ProtobufError. */
export function* readFields(bytes: Uint8Array): Generator<{ readonly number: number; readonly wire: Wire }> {
  let at = 0
  while (at < bytes.length) {
    const key = readVarint(bytes, at)
    at = key.next
    const number = key.low >>> 3
    if (number === 0 || key.high !== 0) throw new ProtobufError('proto: illegal tag')
    switch (key.low & 7) {
      case 0: {
        const { low, high, next } = readVarint(bytes, at)
        at = next
        yield { number, wire: { type: 'varint', low, high } }
        break
      }
      case 1:
        yield { number, wire: { type: 'fixed64', bytes: slice(bytes, at, 8) } }
        at += 8
        break
      case 2: {
        const length = readVarint(bytes, at)
        if (length.high !== 0) throw new ProtobufError('proto: negative length found during unmarshaling')
        yield { number, wire: { type: 'bytes', bytes: slice(bytes, length.next, length.low) } }
        at = length.next + length.low
        break
      }
      case 5:
        yield { number, wire: { type: 'fixed32', bytes: slice(bytes, at, 4) } }
        at += 4
        break
      default:
        throw new ProtobufError(`proto: illegal wireType ${key.low & 7}`)
    }
  }
}

/** A varint as two unsigned halves. */
export function readVarint(bytes: Uint8Array, start: number): { low: number; high: number; next: number } {
  let low = 0
  let high = 0
  for (let count = 0; count < 10; count++) {
    const byte = bytes[start + count]
    if (byte === undefined) throw new ProtobufError('unexpected EOF')
    const shift = count * 7
    const part = byte & 0x7f
    if (shift < 28) low |= part << shift
    else if (shift === 28) {
      low |= part << 28
      high |= part >>> 4
    } else high |= part << (shift - 32)
    if (byte < 0x80) return { low: low >>> 0, high: high >>> 0, next: start + count + 1 }
  }
  throw new ProtobufError('proto: integer overflow')
}

/** The signed value of a varint; exact up to 2^53. */
export function signedNumber(low: number, high: number): number {
  return (high | 0) * 2 ** 32 + low
}

const decoder = new TextDecoder()
/** UTF-8 text; what is not UTF-8 becomes U+FFFD. */
export const utf8 = (bytes: Uint8Array): string => decoder.decode(bytes)

function slice(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > bytes.length) throw new ProtobufError('unexpected EOF')
  return bytes.subarray(start, start + length)
}
