// The address plan of a cluster (docs/architecture.md, "Addresses"): everything that has an address gets it from here.
import { AddressAllocator, addressNumber, addressText } from './allocator.ts'
import type { Locate } from './locate.ts'

/** The addresses of one cluster. Ranges are logical; sockets go through `locate`. */
export interface AddressPlan {
  /** `127.X.0.0/16`: what the caller persists. */
  readonly range: string
  /** The node's and the API server's address; the API server's logical port is 6443. */
  readonly apiServer: string
  readonly dns: string
  /** For Service cluster IPs; the API server allocates from it. */
  readonly serviceCidr: string
  readonly loadBalancers: AddressAllocator
  readonly pods: AddressAllocator
  readonly locate: Locate
  /** Ports that `locate` moves, whatever the address: for processes that have no `locate` of their own. */
  readonly movedPorts: ReadonlyMap<number, number>
  /** The private address of an injected pod's program: the pod's address + 64.0. */
  readonly twinOf: (podAddress: string) => string
}

/** The plan for a range; throws on a range that is not `127.X.0.0/16`. */
export function addressPlan(
  range: string,
  locate: Locate,
  movedPorts: ReadonlyMap<number, number> = new Map(),
): AddressPlan {
  const prefix = /^(127\.\d{1,3})\.0\.0\/16$/.exec(range)?.[1]
  if (prefix === undefined) throw new Error(`not a cluster range: ${range}`)
  return {
    range,
    apiServer: `${prefix}.0.1`,
    dns: `${prefix}.0.53`,
    serviceCidr: `${prefix}.16.0/20`,
    loadBalancers: new AddressAllocator(`${prefix}.1.1`, `${prefix}.1.254`),
    pods: new AddressAllocator(`${prefix}.64.1`, `${prefix}.127.254`),
    locate,
    movedPorts,
    twinOf: (podAddress) => addressText((addressNumber(podAddress) ?? 0) + 64 * 256),
  }
}
