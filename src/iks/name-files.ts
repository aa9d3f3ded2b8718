// resolv.conf and hosts for commands that know no proxy (openssl s_client, dig), to be mounted over the system's for them alone.
import type { Zones } from '../dns/zones.ts'

/** How many nameserver lines resolvers read (MAXNS). */
const MOST_SERVERS = 3

/** The system's resolv.conf with `server` before its name servers: it refuses names that are not the cluster's, so the next one is asked. */
export function resolvConf(system: string, server: string): string {
  const lines = system.split('\n')
  const servers = lines.filter((line) => /^\s*nameserver\s/.test(line))
  const others = lines.filter((line) => line.trim() !== '' && !/^\s*nameserver\s/.test(line))
  return [...others, `nameserver ${server}`, ...servers.slice(0, MOST_SERVERS - 1), ''].join('\n')
}

/** The system's hosts file with the names of the zones. Wildcards have no place in it; DNS serves those. */
export function hostsFile(system: string, zones: Pick<Zones, 'hosts'>): string {
  const lines = [...zones.hosts()]
    .filter(([name]) => !name.startsWith('ns.'))
    .flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}`))
  return [system.trimEnd(), '# The names of the cluster, kept by sallyport.', ...lines.sort(), ''].join('\n')
}
