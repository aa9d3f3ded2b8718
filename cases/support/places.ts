// Real places on loopback for the addresses of a model: chosen before anything listens, so that the model can be located at once.
import { createServer } from 'node:net'
import type { Locate } from '../../src/engines/engine.ts'
import type { Model } from '../../src/ir/proxy.ts'

/** An address of this process's own where the system has the whole of 127.0.0.0/8: nobody else takes its ports. */
const HOST =
  process.platform === 'linux'
    ? `127.${200 + (process.pid % 50)}.${(process.pid >> 6) & 255}.${(process.pid & 63) + 1}`
    : '127.0.0.1'

/** A port that is held until `release`: two that are chosen together are never the same. */
function holdPort(): Promise<{ readonly port: number; readonly release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, HOST, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      resolve({ port, release: () => new Promise((done) => server.close(() => done())) })
    })
  })
}

/** Every (address, port) that a model binds or calls. */
export function addressesIn(model: Model): readonly string[] {
  const pairs = model.proxies.flatMap((proxy) => [
    ...proxy.listeners.flatMap((listener) => listener.binds),
    ...proxy.clusters.flatMap((cluster) => cluster.endpoints),
  ])
  return [...new Set(pairs.map(({ address, port }) => `${address}:${port}`))]
}

/** Where each of them is on this machine. */
export async function choosePlaces(model: Model): Promise<Locate> {
  const held = await Promise.all(addressesIn(model).map(async (pair) => [pair, await holdPort()] as const))
  await Promise.all(held.map(([, { release }]) => release()))
  const places = new Map(held.map(([pair, { port }]) => [pair, port]))
  return (address, port) => ({ host: HOST, port: places.get(`${address}:${port}`) ?? port })
}
