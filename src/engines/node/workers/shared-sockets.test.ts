import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { SharedSockets } from './shared-sockets.ts'

const host = '127.0.0.1'

/** A port that was free a moment ago, or the one of a server that is left listening. */
async function port(keep: boolean): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  const { port: number } = server.address() as AddressInfo
  if (!keep) await close()
  return { port: number, close }
}

const reaches = (at: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(at, host, () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

describe('SharedSockets', () => {
  it('binds once, and is listened on when somebody has', async () => {
    const { port: number } = await port(false)
    const sockets = new SharedSockets()
    const place = { host, port: number }
    sockets.keepOnly([place])
    const opened = sockets.open(place)
    if (!('handle' in opened)) throw new Error(opened.error)
    expect(sockets.open(place)).toEqual(opened)
    expect(sockets.isListening(place)).toBe(false)
    // As a worker does, which has a duplicate of it: here it is the socket itself.
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(opened.handle, resolve))
    sockets.listening(place)
    expect([sockets.isListening(place), await reaches(number)]).toEqual([true, true])
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })

  it('says why an address cannot be had, and has it when it can', async () => {
    const busy = await port(true)
    const sockets = new SharedSockets()
    const place = { host, port: busy.port }
    sockets.keepOnly([place])
    expect(sockets.open(place)).toEqual({ error: `listen EADDRINUSE: ${host}:${busy.port}` })
    expect(sockets.open({ host: 'no-address', port: 1 })).toHaveProperty('error')
    await busy.close()
    expect(sockets.open(place)).toHaveProperty('handle')
    sockets.keepOnly([])
  })

  it('binds nothing that the newest model does not name', async () => {
    const { port: number } = await port(false)
    const sockets = new SharedSockets()
    expect(sockets.open({ host, port: number })).toEqual({ error: 'the address is in use no more' })
  })
})
