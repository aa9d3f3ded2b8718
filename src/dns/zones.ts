// The zones that this cluster is the authority for, changed by their owners (provider, cluster) at any time, and the lookup over them.
import { canonicalName, type DnsRecord, type Lookup, type RecordData } from './record.ts'
import { Zone } from './zone.ts'

/** Follows at most this many CNAMEs. */
const MAX_ALIASES = 8

export class Zones {
  readonly #zones = new Map<string, Zone>()
  #listeners: readonly (() => void)[] = []

  /** The zones' names, sorted. */
  get origins(): readonly string[] {
    return [...this.#zones.keys()].sort()
  }

  /** Makes the zone `origin` (with SOA and NS) unless it exists. `server` is the address of its name server, when known. */
  add(origin: string, options: { readonly server?: string } = {}): void {
    const name = canonicalName(origin)
    if (this.#zones.has(name)) return
    this.#zones.set(name, new Zone(name, options.server))
    this.#changed()
  }

  /** Removes a zone; its names are then refused (or answered by the zone above). */
  remove(origin: string): void {
    if (this.#zones.delete(canonicalName(origin))) this.#changed()
  }

  /** Replaces all records of `name` (which may start with `*.`), in the zone that it falls into; an empty list removes the name. Throws when no zone holds it. */
  set(name: string, records: readonly RecordData[]): void {
    const canonical = canonicalName(name)
    const zone = this.#zoneOf(canonical)
    if (zone === undefined) throw new Error(`no zone holds the name ${name}`)
    if (zone.set(canonical, records)) this.#changed()
  }

  /** What is known of a name; `type` is `A`, `SRV`, …, or `ANY`. */
  lookup(name: string, type: string): Lookup {
    const answers: DnsRecord[] = []
    let asked = name
    for (let hops = 0; hops <= MAX_ALIASES; hops++) {
      const zone = this.#zoneOf(canonicalName(asked))
      if (zone === undefined) return { rcode: hops === 0 ? 'REFUSED' : 'NOERROR', answers, authority: [] }
      const found = zone.find(canonicalName(asked))
      if (found === undefined) return { rcode: 'NXDOMAIN', answers, authority: [zone.soa] }
      const owned = found.map((record): DnsRecord => ({ ...record, name: asked, ttl: zone.ttl }))
      const matching = owned.filter((record) => record.type === type || type === 'ANY')
      const alias = owned.find((record) => record.type === 'CNAME')
      answers.push(...(matching.length > 0 || alias === undefined ? matching : [alias]))
      if (matching.length > 0) return { rcode: 'NOERROR', answers, authority: [] }
      if (alias?.type !== 'CNAME') return { rcode: 'NOERROR', answers, authority: [zone.soa] }
      asked = alias.data
    }
    return { rcode: 'NOERROR', answers, authority: [] }
  }

  /** IPv4 addresses of a name: `[]` when the name is ours and has none, undefined when it is in no zone. */
  addresses(name: string): readonly string[] | undefined {
    const found = this.lookup(name, 'A')
    if (found.rcode === 'REFUSED') return undefined
    return found.answers.flatMap((record) => (record.type === 'A' ? [record.data] : []))
  }

  /** Names with an address of their own (no wildcards), for a hosts file. */
  hosts(): ReadonlyMap<string, readonly string[]> {
    const all = new Map<string, readonly string[]>()
    for (const zone of this.#zones.values())
      for (const [name, records] of zone.names()) {
        const addresses = records.flatMap((record) => (record.type === 'A' ? [record.data] : []))
        if (addresses.length > 0 && !name.startsWith('*.')) all.set(name, addresses)
      }
    return all
  }

  /** Calls `listener` after each change; returns the function that ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  #zoneOf(canonical: string): Zone | undefined {
    for (let name = canonical; ; ) {
      const zone = this.#zones.get(name)
      if (zone !== undefined) return zone
      const dot = name.indexOf('.')
      if (dot < 0) return this.#zones.get('')
      name = name.slice(dot + 1)
    }
  }
}
