// Writes the protobuf wire format.

/** A message under construction: its encoded parts and their total length. */
export class Message {
  readonly #parts: Uint8Array[] = []
  #length = 0

  /** Nothing is written for undefined and for the empty string, proto3's default. */
  string(number: number, value: string | undefined): this {
    if (value === undefined || value === '') return this
    return this.#bytes(number, encoder.encode(value))
  }

  strings(number: number, values: readonly string[] | undefined): this {
    for (const value of values ?? []) this.#bytes(number, encoder.encode(value))
    return this
  }

  message(number: number, value: Message | undefined): this {
    return value ? this.#bytes(number, value.finish()) : this
  }

  boolean(number: number, value: boolean | undefined): this {
    if (!value) return this
    this.#add(varint(number * 8))
    this.#add(ONE)
    return this
  }

  /** Non-negative, below 2^53. */
  integer(number: number, value: number | undefined): this {
    if (value === undefined || value <= 0) return this
    this.#add(varint(number * 8))
    this.#add(varint(value))
    return this
  }

  double(number: number, value: number | undefined): this {
    if (value === undefined || value === 0) return this
    this.#add(varint(number * 8 + 1))
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    this.#add(bytes)
    return this
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }

  #bytes(number: number, bytes: Uint8Array): this {
    this.#add(varint(number * 8 + 2))
    this.#add(varint(bytes.length))
    this.#add(bytes)
    return this
  }

  #add(part: Uint8Array): void {
    this.#parts.push(part)
    this.#length += part.length
  }
}

const encoder = new TextEncoder()
const ONE = Uint8Array.of(1)

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
