// What a process holds: open sockets, and the heap after everything that can go has gone.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Sockets, timers that keep the process alive, and the like, by kind. */
export function held(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** Open sockets of this process, both ends of those on loopback. */
export function sockets(): number {
  return held()['TCPSocketWrap'] ?? 0
}

/** Resolves once no more sockets are open than `before`. */
export async function socketsBackTo(before: number): Promise<void> {
  while (sockets() > before) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Bytes of the heap and of buffers after a collection. */
export async function heldBytes(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
