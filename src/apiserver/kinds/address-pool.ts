// Picks free cluster IPs and node ports. The pools have no state of their own: what is taken is read from the Services in the same transaction.

/** A range of numbers with a low band that dynamic picks leave for those who ask for a number of their own (as upstream since 1.26). */
export interface Pool {
  readonly first: number
  readonly size: number
  readonly reserved: number
}

export const NODE_PORTS: Pool = { first: 30_000, size: 2_768, reserved: 86 }

/** The addresses of an IPv4 CIDR less network and broadcast address, as numbers. Throws for anything else: the CIDR is the server's own option. */
export function addressPool(cidr: string): Pool {
  const [address = '', prefix = ''] = cidr.split('/')
  const base = ipv4Number(address)
  const bits = Number(prefix)
  if (base === undefined || !(bits >= 8 && bits <= 30))
    throw new Error(`not a range of IPv4 addresses: ${cidr}`)
  const size = 2 ** (32 - bits)
  const network = base - (base % size)
  return { first: network + 1, size: size - 2, reserved: Math.min(Math.max(16, size / 16), 256, size / 4) }
}

/** A free number, or undefined when all are taken. The start of the search depends on the owner, so that a number just released is not the next one given. */
export function pick(pool: Pool, owner: string, taken: ReadonlySet<number>): number | undefined {
  const dynamic = pool.size - pool.reserved
  const start = hash(owner) % dynamic
  for (let step = 0; step < dynamic; step++) {
    const number = pool.first + pool.reserved + ((start + step) % dynamic)
    if (!taken.has(number)) return number
  }
  for (let number = pool.first; number < pool.first + pool.reserved; number++) {
    if (!taken.has(number)) return number
  }
  return undefined
}

export const isIn = (pool: Pool, number: number): boolean =>
  number >= pool.first && number < pool.first + pool.size

/** `10.0.0.1` as a number; undefined for anything but a plain IPv4 address. */
export function ipv4Number(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** The dotted text of an IPv4 number. */
export function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}
