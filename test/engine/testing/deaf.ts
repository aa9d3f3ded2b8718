// An address that does not answer a connection attempt: a listening socket whose queue is full and whom nobody accepts from.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'

/** Its thread sleeps as soon as it listens, so the kernel alone takes connections: as many as the queue has room for. */
const THREAD = `
const { parentPort } = require('node:worker_threads')
const server = require('node:net').createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`
/** More than any kernel makes of a backlog of one. */
const ATTEMPTS = 16
/** An attempt on loopback that has room is over in well below a millisecond; this long after the last one that was, there is none. */
const QUIET_MS = 250

/** The port of such an address; undefined where the kernel goes on taking connections. */
export async function deaf(): Promise<number | undefined> {
  const thread = new Worker(THREAD, { eval: true })
  const attempts: Socket[] = []
  onTestFinished(async () => {
    for (const attempt of attempts) attempt.destroy()
    await thread.terminate()
  })
  const [port] = (await once(thread, 'message')) as [number]
  let connected = 0
  return new Promise((resolve) => {
    const full = (): void => resolve(connected < ATTEMPTS ? port : undefined)
    let timer = setTimeout(full, QUIET_MS)
    for (let index = 0; index < ATTEMPTS; index++) {
      const attempt = connect(port, '127.0.0.1')
      attempt.on('error', () => {})
      attempt.once('connect', () => {
        connected++
        clearTimeout(timer)
        timer = setTimeout(full, QUIET_MS)
      })
      attempts.push(attempt)
    }
  })
}
