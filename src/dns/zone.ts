// One zone: its records by canonical name, with wildcards as in RFC 4592.
import { canonicalName, type DnsRecord, type RecordData } from './record.ts'

/** Seconds; the provider's answers carried 30 (they follow health checks). */
const TTL = 30
/** Seconds that "no such name" may be remembered: short, since names appear while users wait for them. */
const NEGATIVE_TTL = 5

export class Zone {
  readonly ttl: number = TTL
  readonly #origin: string
  readonly #names = new Map<string, readonly RecordData[]>()
  /** How many names lie below each name: one that is here without records exists all the same (an empty non-terminal). */
  readonly #below = new Map<string, number>()
  #serial = 1

  constructor(origin: string, server: string | undefined) {
    this.#origin = origin
    const host = `ns.${origin}`
    this.#put(origin, [{ type: 'NS', data: host }])
    if (server !== undefined) this.#put(host, [{ type: 'A', data: server }])
  }

  /** The start of authority; its serial grows with each change. */
  get soa(): DnsRecord {
    return {
      name: this.#origin,
      ttl: NEGATIVE_TTL,
      type: 'SOA',
      data: {
        mname: `ns.${this.#origin}`,
        rname: `hostmaster.${this.#origin}`,
        serial: this.#serial,
        refresh: 3600,
        retry: 600,
        expire: 86_400,
        minimum: NEGATIVE_TTL,
      },
    }
  }

  names(): Iterable<readonly [string, readonly RecordData[]]> {
    return this.#names
  }

  /** Replaces the records of a canonical name; at the origin the zone's own NS stays. True when that changed anything. */
  set(name: string, records: readonly RecordData[]): boolean {
    const kept =
      name === this.#origin ? (this.#names.get(name) ?? []).filter(({ type }) => type === 'NS') : []
    const wanted = [...kept, ...records]
    if (JSON.stringify(wanted) === JSON.stringify(this.#names.get(name) ?? [])) return false
    this.#put(name, wanted)
    this.#serial++
    return true
  }

  /** The records of a canonical name, by itself or from the wildcard of its closest encloser; undefined when it does not exist, `[]` when it has none. */
  find(name: string): readonly RecordData[] | undefined {
    const own = this.#names.get(name)
    if (own !== undefined) return name === this.#origin ? [this.soa, ...own] : own
    if (this.#below.has(name)) return []
    let encloser = name
    while (encloser !== this.#origin && !this.#names.has(encloser) && !this.#below.has(encloser))
      encloser = canonicalName(encloser.slice(encloser.indexOf('.') + 1))
    return this.#names.get(`*.${encloser}`)
  }

  #put(name: string, records: readonly RecordData[]): void {
    const change = (records.length > 0 ? 1 : 0) - (this.#names.has(name) ? 1 : 0)
    if (records.length > 0) this.#names.set(name, records)
    else this.#names.delete(name)
    if (change !== 0) this.#count(name, change)
  }

  #count(name: string, change: number): void {
    for (let above = name; above !== this.#origin && above.includes('.'); ) {
      above = above.slice(above.indexOf('.') + 1)
      const count = (this.#below.get(above) ?? 0) + change
      if (count > 0) this.#below.set(above, count)
      else this.#below.delete(above)
    }
  }
}
