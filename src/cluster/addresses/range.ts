// Finds out, by binding, what this process may use of a cluster's range.
import { createServer } from 'node:net'
import {
  type BindFacts,
  locateByAddress,
  locateByTable,
  movedPorts,
  occupiedPorts,
  unprivilegedPortStart,
} from './locate.ts'
import { type AddressPlan, addressPlan } from './plan.ts'

/** The plan of the cluster that has this range, as this machine can carry it out. */
export async function planAddresses(range: string): Promise<AddressPlan> {
  if (!(await hasOwnAddresses())) return addressPlan(range, locateByTable())
  const moved = movedPorts(await bindFacts(range))
  return addressPlan(range, locateByAddress(moved), moved)
}

/** Which ports this process may bind at the range's addresses. Root without the right capability is found out by trying. */
async function bindFacts(range: string): Promise<BindFacts> {
  const lowestPort = unprivilegedPortStart()
  const probe = `${range.split('.').slice(0, 2).join('.')}.0.2`
  const privileged = lowestPort > 1 && (await canBind(probe, 1))
  return { lowestPort: privileged ? 0 : lowestPort, occupied: occupiedPorts() }
}

/** Whether all of 127.0.0.0/8 is there (Linux), or 127.0.0.1 only (macOS). */
export function hasOwnAddresses(): Promise<boolean> {
  return canBind('127.16.0.2', 0)
}

/** Whether a socket can listen there right now. */
export function canBind(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
