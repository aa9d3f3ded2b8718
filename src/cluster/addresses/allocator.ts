// Hands out the addresses of one part of the cluster's range.

/** Dotted quad to its 32-bit number, or undefined when it is none. */
export function addressNumber(address: string): number | undefined {
  const parts = address.split('.')
  if (parts.length !== 4) return undefined
  let number = 0
  for (const part of parts) {
    const value = Number(part)
    if (!/^\d{1,3}$/.test(part) || value > 255) return undefined
    number = number * 256 + value
  }
  return number
}

/** The dotted quad of a 32-bit number. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

/** A set of addresses from `first` to `last`; a freed one is reused as late as possible. */
export class AddressAllocator {
  readonly #first: number
  readonly #last: number
  readonly #taken = new Set<number>()
  #next: number

  constructor(first: string, last: string) {
    this.#first = addressNumber(first) ?? 0
    this.#last = addressNumber(last) ?? -1
    this.#next = this.#first
  }

  /** Whether the address lies in this part, taken or not. */
  contains(address: string): boolean {
    const number = addressNumber(address)
    return number !== undefined && number >= this.#first && number <= this.#last
  }

  /** Takes `wanted` if it lies here and is free, else the next free address; undefined when none is left. */
  take(wanted?: string): string | undefined {
    const asked = wanted === undefined ? undefined : addressNumber(wanted)
    if (wanted !== undefined && asked !== undefined && this.contains(wanted) && !this.#taken.has(asked)) {
      this.#taken.add(asked)
      return wanted
    }
    const size = this.#last - this.#first + 1
    for (let step = 0; step < size; step++) {
      const number = this.#first + ((this.#next - this.#first + step) % size)
      if (this.#taken.has(number)) continue
      this.#taken.add(number)
      this.#next = number + 1
      return addressText(number)
    }
    return undefined
  }

  release(address: string): void {
    const number = addressNumber(address)
    if (number !== undefined) this.#taken.delete(number)
  }
}
