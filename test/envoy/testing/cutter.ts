// A TCP relay that can cut its connections: what is behind it is asked again, over new ones.
import { connect, createServer, type Socket } from 'node:net'

export interface Cutter {
  readonly port: number
  /** Ends all connections; new ones are taken. */
  cut(): void
  /** How many connections came so far. */
  connections(): number
  close(): void
}

/** Relays to a port of 127.0.0.1. */
export async function cutter(target: number): Promise<Cutter> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((inner) => {
    count += 1
    const outer = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut,
    connections: () => count,
    close() {
      cut()
      server.close()
    },
  }
}
