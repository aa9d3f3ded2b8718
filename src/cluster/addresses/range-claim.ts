// Chooses a cluster's range so that no two clusters of a machine have the same: who holds the range's claim may use it.
import { createServer, type Server } from 'node:net'
import { canBind, hasOwnAddresses } from './range.ts'

/** Ranges are 127.16.0.0/16 to 127.245.0.0/16: low ones are what people use by hand. */
const FIRST = 16
const COUNT = 230

/**
 * A range is claimed by listening at a name of the kernel's abstract socket namespace: taken in one step, known to whoever shares the machine's loopback
 * addresses, and given back when the process ends, however it ends. Where there are no addresses to share (macOS), there is nothing to claim.
 */
export class RangeClaim {
  #held: Server | undefined

  /** Claims a range that nobody uses. X of 127.X is tried from a random start: on a shared machine, most first tries succeed. */
  async takeFree(start = FIRST + Math.floor(Math.random() * COUNT)): Promise<string> {
    const own = await hasOwnAddresses()
    for (let step = 0; step < COUNT; step++) {
      const x = FIRST + ((start - FIRST + step) % COUNT)
      const range = `127.${x}.0.0/16`
      if (!own) return range
      if (!(await this.take(range))) continue
      // A program that claims nothing may stand there. 26443: the API server's port when another program holds 6443 everywhere.
      if ((await canBind(`127.${x}.0.1`, 6443)) || (await canBind(`127.${x}.0.1`, 26_443))) return range
      await this.release()
    }
    throw new Error('no free range 127.X.0.0/16: every one holds a running cluster')
  }

  /** Claims this range instead of the one held, if any; false when another process has it. */
  async take(range: string): Promise<boolean> {
    await this.release()
    if (process.platform !== 'linux') return true
    this.#held = await hold(`\0sallyport ${range}`)
    return this.#held !== undefined
  }

  /** Gives the range free. */
  async release(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    if (held) await new Promise<void>((resolve) => held.close(() => resolve()))
  }
}

function hold(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    // Nobody is to talk to it.
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen({ path: name, exclusive: true }, () => {
      server.unref()
      resolve(server)
    })
  })
}
