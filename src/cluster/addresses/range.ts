// Chooses a cluster's range and finds out, by binding, what this process may use of it.
import { createServer } from 'node:net'
import {
  type BindFacts,
  type Locate,
  locateByAddress,
  locateByTable,
  occupiedPorts,
  unprivilegedPortStart,
} from './locate.ts'
import { type AddressPlan, addressPlan } from './plan.ts'

/** The plan of a cluster: at `range` if given (as persisted), else at the first free one of `127.X.0.0/16`. */
export async function planAddresses(range?: string): Promise<AddressPlan> {
  const chosen = range ?? (await chooseRange())
  return addressPlan(chosen, await locateHere(chosen))
}

/** A range whose API server address nobody uses: X is tried from a random start, so that clusters created at once rarely meet. */
export async function chooseRange(start = 16 + Math.floor(Math.random() * 200)): Promise<string> {
  for (let step = 0; step < 230; step++) {
    const x = 16 + ((start - 16 + step) % 230)
    // 26443: where a cluster's API server stands when another program holds 6443 everywhere.
    const free = (await canBind(`127.${x}.0.1`, 6443)) || (await canBind(`127.${x}.0.1`, 26_443))
    if (free || !(await hasOwnAddresses())) return `127.${x}.0.0/16`
  }
  throw new Error('no free range 127.X.0.0/16: every one holds a running cluster')
}

/** How logical places are found on this machine, given what may be bound. */
export async function locateHere(range: string): Promise<Locate> {
  if (!(await hasOwnAddresses())) return locateByTable()
  return locateByAddress(await bindFacts(range))
}

/** Which ports this process may bind at the range's addresses. Root without the right capability is found out by trying. */
async function bindFacts(range: string): Promise<BindFacts> {
  const lowestPort = unprivilegedPortStart()
  const probe = `${range.split('.').slice(0, 2).join('.')}.0.2`
  const privileged = lowestPort > 1 && (await canBind(probe, 1))
  return { lowestPort: privileged ? 0 : lowestPort, occupied: occupiedPorts() }
}

/** Whether all of 127.0.0.0/8 is there (Linux), or 127.0.0.1 only (macOS). */
function hasOwnAddresses(): Promise<boolean> {
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
