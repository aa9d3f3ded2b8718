import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Backend, Front } from './backends.ts'
import { Forwarder } from './forwarder.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const locate = (host: string, port: number) => ({ host, port })

/** A server that says its name, then echoes in upper case. */
async function backend(name: string, onConnection?: (socket: Socket) => void): Promise<Backend> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    if (onConnection) onConnection(socket)
    else {
      socket.write(`${name}:`)
      socket.on('data', (data) => socket.write(String(data).toUpperCase()))
      socket.on('end', () => socket.end('.'))
    }
  })
  return { address: '127.0.0.1', port: await listening(server) }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function forward(backends: readonly Backend[], extra: Partial<Front> = {}) {
  const front = { address: '127.0.0.1', port: await freePort(), backends, ...extra }
  const problems: string[] = []
  const forwarder = new Forwarder(front, { locate, busy: (_, error) => problems.push(error.message) })
  closers.push(() => {
    void forwarder.close()
    forwarder.destroy()
  })
  const open = async () => {
    const socket = connect({ host: '127.0.0.1', port: front.port, allowHalfOpen: true })
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }
  await expect
    .poll(() =>
      open().then(
        (socket) => socket.destroy().destroyed,
        () => false,
      ),
    )
    .toBe(true)
  return { front, forwarder, open, problems }
}

async function talk(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  socket.end('hi')
  await once(socket, 'close')
  return text
}

describe('Forwarder', () => {
  it('takes endpoints in turn, and forwards the end of each direction by itself', async () => {
    const { open } = await forward([await backend('a'), await backend('b')])
    const first = await talk(await open())
    const second = await talk(await open())
    expect([first, second].sort()).toEqual(['a:HI.', 'b:HI.'])
  })
  it('goes to the next endpoint when one does not answer', async () => {
    const { open } = await forward([{ address: '127.0.0.1', port: await freePort() }, await backend('b')])
    expect(await talk(await open())).toBe('b:HI.')
    expect(await talk(await open())).toBe('b:HI.')
  })
  it('keeps a client at its endpoint when asked to', async () => {
    const { open } = await forward([await backend('a'), await backend('b')], { affinityMs: 60_000 })
    const answers = [await talk(await open()), await talk(await open()), await talk(await open())]
    expect(new Set(answers).size).toBe(1)
  })
  it('changes endpoints and stops listening without touching open connections', async () => {
    const { front, forwarder, open } = await forward([await backend('a')])
    const socket = await open()
    const [greeting] = await once(socket, 'data')
    expect(String(greeting)).toBe('a:')
    forwarder.update({ ...front, backends: [await backend('b')] })
    expect(await talk(await open())).toBe('b:HI.')
    await forwarder.close()
    await expect(open()).rejects.toThrow()
    expect(await talk(socket)).toBe('HI.')
  })
  it('passes a reset on', async () => {
    const { open } = await forward([await backend('a', (socket) => socket.resetAndDestroy())])
    const socket = await open()
    const [error] = await once(socket, 'error')
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET')
  })
  it('waits for a busy place and says so once', async () => {
    const holder = createServer()
    const port = await listening(holder)
    const problems: string[] = []
    const front = { address: '127.0.0.1', port, backends: [await backend('a')] }
    const forwarder = new Forwarder(front, { locate, busy: (_, error) => problems.push(error.message) })
    closers.push(() => void forwarder.close())
    await expect.poll(() => problems.length).toBe(1)
    holder.close()
    await once(holder, 'close')
    const answer = async () => {
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
      await once(socket, 'connect')
      return talk(socket)
    }
    await expect.poll(() => answer().catch(() => ''), { timeout: 5000 }).toBe('a:HI.')
    expect(problems).toHaveLength(1)
  })
})
