// Header blocks of SPDY/3.1: name/value pairs, compressed as one zlib stream per direction.
import { constants, deflateRawSync, deflateSync, inflateRawSync } from 'node:zlib'
import { SPDY_DICTIONARY } from './spdy-dictionary.ts'

/** zlib's two bytes, then the checksum of the dictionary. */
const ZLIB_HEADER = 6
/** How far back a compressed block may refer. */
const WINDOW = 32_768
/** No block of honest headers is larger. */
const MAX_BLOCK = 256 * 1024

const flush = { finishFlush: constants.Z_SYNC_FLUSH }

/** Reads the blocks of one direction, to be called in their order. Names are in lower case. Throws on what is no header block. */
export function headerReader(): (block: Buffer) => ReadonlyMap<string, string> {
  let history = SPDY_DICTIONARY
  let first = true
  return (block) => {
    // Every block ends at a byte (sync flush): with what was before it as the dictionary it can be read by itself.
    const raw = first ? block.subarray(ZLIB_HEADER) : block
    first = false
    const plain = inflateRawSync(raw, { ...flush, dictionary: history, maxOutputLength: MAX_BLOCK })
    history = Buffer.concat([history, plain]).subarray(-WINDOW)
    return pairs(plain)
  }
}

function pairs(plain: Buffer): ReadonlyMap<string, string> {
  let at = 4
  const text = (): string => {
    const length = plain.readUInt32BE(at)
    const value = plain.toString('utf8', at + 4, at + 4 + length)
    at += 4 + length
    return value
  }
  const found = new Map<string, string>()
  for (let left = plain.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase()
    found.set(name, text())
  }
  return found
}

/** Writes the blocks of one direction, to be called in their order. */
export function headerWriter(): (headers: Readonly<Record<string, string>>) => Buffer {
  let first = true
  return (headers) => {
    const plain = plainBlock(headers)
    // Later blocks refer to nothing before them, which any reader of the one stream understands.
    const block = first
      ? deflateSync(plain, { ...flush, dictionary: SPDY_DICTIONARY })
      : deflateRawSync(plain, flush)
    first = false
    return block
  }
}

function plainBlock(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers)
  return Buffer.concat([
    number(entries.length),
    ...entries.flat().flatMap((text) => {
      const bytes = Buffer.from(text)
      return [number(bytes.length), bytes]
    }),
  ])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
