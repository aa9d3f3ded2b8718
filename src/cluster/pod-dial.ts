// A connection to a pod's program, for port-forward.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { APP_ADDRESS_ANNOTATION } from '../resources/pod.ts'
import type { Locate } from './addresses/locate.ts'
import type { Pod } from './objects/pod.ts'

/** As on a node, where it reaches the pod's loopback: past the sidecar to the program; where none listens, to what the sidecar or gateway itself serves. Throws when nothing listens. */
export async function dialPod(pod: Pod, port: number, locate: Locate): Promise<Socket> {
  const addresses = [pod.metadata.annotations?.[APP_ADDRESS_ANNOTATION], pod.status?.podIP].filter(
    (address) => address !== undefined,
  )
  let problem = new Error(`pod ${pod.metadata.name} has no address yet`)
  for (const address of addresses) {
    const socket = connect({ ...locate(address, port), noDelay: true, allowHalfOpen: true })
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      problem = error instanceof Error ? error : new Error(String(error))
    }
  }
  throw problem
}
