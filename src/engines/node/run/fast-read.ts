// Reads of accepted sockets into one shared buffer: what `onread` is for sockets that are opened (net.connect), Node does not offer for
// those that are accepted. The slots it would fill are there all the same; where they are not found, `data` events are used.
import type { Socket } from 'node:net'
import type { ByteReader } from './joined/memory-socket.ts'

const BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

interface Slots {
  readonly buffer: symbol
  readonly callback: symbol
}

interface ReadableHandle {
  useUserBuffer?: (buffer: Buffer) => void
}

let slots: Slots | undefined | null

/** Sends what the socket reads to `read`, what it holds already first. The socket's other events are as usual. */
export function readShared(socket: Socket, read: ByteReader): void {
  const handle = (socket as unknown as { _handle?: ReadableHandle | null })._handle
  slots ??= findSlots(socket)
  if (slots === null || typeof handle?.useUserBuffer !== 'function') {
    socket.on('data', read)
    return
  }
  const fields = socket as unknown as Record<symbol, unknown>
  fields[slots.buffer] = BUFFER
  fields[slots.callback] = (bytes: number): boolean => {
    read(BUFFER.subarray(0, bytes))
    return true
  }
  handle.useUserBuffer(BUFFER)
  for (;;) {
    const held = socket.read() as Buffer | null
    if (held === null) break
    read(held)
  }
}

/** The places where Node keeps the buffer and the callback of `onread`; null when this Node does it in another way. */
function findSlots(socket: Socket): Slots | null {
  const found = (name: string): symbol | undefined =>
    Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === name)
  const buffer = found('kBuffer')
  const callback = found('kBufferCb')
  return buffer === undefined || callback === undefined ? null : { buffer, callback }
}
