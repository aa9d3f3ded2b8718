// What a zone holds and what a lookup answers: the record types that a cluster needs.

export type RecordData =
  | { readonly type: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'PTR'; readonly data: string }
  | { readonly type: 'TXT'; readonly data: string }
  | {
      readonly type: 'SRV'
      readonly data: {
        readonly priority: number
        readonly weight: number
        readonly port: number
        readonly target: string
      }
    }
  | {
      readonly type: 'SOA'
      readonly data: {
        readonly mname: string
        readonly rname: string
        readonly serial: number
        readonly refresh: number
        readonly retry: number
        readonly expire: number
        readonly minimum: number
      }
    }

/** A record with the name that owns it; `ttl` in seconds. */
export type DnsRecord = RecordData & { readonly name: string; readonly ttl: number }

/** What is known of a name and type. `REFUSED`: in none of our zones. Not-found answers carry the zone's SOA in `authority` (RFC 2308). */
export interface Lookup {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED'
  readonly answers: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
}

/** Lower case, without the final dot: names compare so (RFC 4343, ASCII letters only). */
export function canonicalName(name: string): string {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  return bare.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
