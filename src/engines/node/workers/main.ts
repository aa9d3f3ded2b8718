// Entry point of a worker's process.
import { Worker } from './worker.ts'

if (process.send === undefined) {
  process.stderr.write('a worker is started by the Node engine, not by hand\n')
  process.exit(2)
}
// It has no life of its own: when the engine's process is gone, however it went, the channel closes.
process.on('disconnect', () => process.exit(0))
// A terminal and a service manager signal all processes of a group. The engine is told as well, and lets its workers finish.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
const worker = new Worker((word, sent) => {
  // A channel that closed meanwhile ends the process anyway.
  process.send?.(word, undefined, {}, () => sent?.())
})
process.on('message', (order, handle) => worker.take(order, handle))
worker.ready()
