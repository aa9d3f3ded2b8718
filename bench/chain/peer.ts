// What can be measured: something that opens the doors of a topology.
import type { Child } from './pinned.ts'
import type { Topology } from './topology.ts'

export interface Peer {
  readonly name: string
  /** As the program tells it; undefined when it is not on this machine. */
  readonly version: string | undefined
  /** What to install where it is missing. */
  readonly from: string
  /** Two hops in two processes, as a load balancer and a gateway are. Starts everything; whoever calls waits for the doors. */
  readonly start: (topology: Topology) => Promise<readonly Child[]>
  /** The door that speaks HTTP/2 for the first name; absent: the one behind TLS. */
  readonly http2Door?: 'inner'
}
