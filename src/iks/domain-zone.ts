// The zone of a domain: base and wildcard point at the load balancer's addresses.
import type { Zones } from '../dns/zones.ts'

/** Makes the zone say that `host` and everything below it is at `ips`; no addresses: the zone stays and the names do not exist. */
export function publishDomain(
  zones: Zones,
  host: string,
  ips: readonly string[],
  server: string | undefined,
): void {
  zones.add(host, server === undefined ? {} : { server })
  const records = ips.map((data) => ({ type: 'A', data }) as const)
  zones.set(host, records)
  zones.set(`*.${host}`, records)
}
