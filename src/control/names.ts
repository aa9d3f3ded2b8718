// How names are found: the zones, the DNS server over them, and the proxy that unmodified clients are pointed at.
import type { AddressPlan } from '../cluster/addresses/plan.ts'
import { startConnectProxy } from '../dns/connect-proxy.ts'
import { startDnsServer } from '../dns/server.ts'
import { Zones } from '../dns/zones.ts'

/** Where pods and commands look for a name that has too few labels (Kubernetes' search list, without the namespace). */
const SEARCH = ['svc.cluster.local', 'cluster.local']

interface Place {
  readonly host: string
  readonly port: number
}

export interface RunningNames {
  readonly zones: Zones
  /** Where the DNS server really is; undefined when it could not be bound. */
  readonly dns: Place | undefined
  /** Where the CONNECT proxy really is. */
  readonly proxy: Place
  close(): Promise<void>
}

const PROXY_PORT = 3128

/** `log` is told when DNS cannot be served; commands and pods reach everything through the proxy all the same. */
export async function startNames(
  cluster: string,
  addresses: AddressPlan,
  log: (line: string) => void,
): Promise<RunningNames> {
  const zones = new Zones()
  const at = addresses.locate(addresses.dns, 53)
  const dns = await startDnsServer({ zones, host: at.host, port: at.port }).catch((error: Error) => {
    log(`warning: names are not served by DNS, ${at.host}:${at.port} cannot be bound: ${error.message}`)
    return undefined
  })
  const prefix = addresses.range.split('.').slice(0, 2).join('.')
  const place = addresses.locate(addresses.dns, PROXY_PORT)
  const proxy = await startConnectProxy({
    cluster,
    addresses: (name) => lookUp(zones, name),
    owns: (address) => address.startsWith(`${prefix}.`),
    locate: addresses.locate,
    passThrough: true,
    host: place.host,
    port: place.port,
  })
  return {
    zones,
    dns,
    proxy,
    async close() {
      await Promise.all([dns?.close(), proxy.close()])
    },
  }
}

function lookUp(zones: Zones, name: string): readonly string[] | undefined {
  const found = zones.addresses(name)
  if (found !== undefined && found.length > 0) return found
  for (const suffix of SEARCH) {
    const longer = zones.addresses(`${name}.${suffix}`)
    if (longer !== undefined && longer.length > 0) return longer
  }
  return found
}
