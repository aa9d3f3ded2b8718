// File descriptor 3 ties a program to the process that started it: when that one is gone, however it went, the program ends.
import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'

export interface Lifeline {
  /** Tells the parent that the program does its work now. */
  ready(): void
}

/** Watches fd 3 if there is one (a program started by hand has none). */
export function startLifeline(): Lifeline {
  try {
    if (!fstatSync(3).isSocket()) return { ready: () => undefined }
  } catch {
    return { ready: () => undefined }
  }
  const socket = new Socket({ fd: 3, readable: true, writable: true })
  const end = () => process.exit(143)
  socket.on('error', end)
  socket.on('close', end)
  socket.resume()
  return { ready: () => void socket.write('ready\n') }
}
