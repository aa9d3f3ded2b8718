// Where and how the built-in servers listen: at the pod's address, at the real port of a logical one, until SIGTERM.
import type { Server } from 'node:http'
import type { Lifeline } from './lifeline.ts'

/** Requests that were routed here before our end became known still come in for this long. */
const LAME_DUCK_MS = 100
/** Then requests in progress may take this long. */
const DRAIN_MS = 20_000

/** The address and real port for a logical port, as the kubelet says in the environment; everything by hand otherwise. */
export function placeFor(port: number): { readonly host: string; readonly port: number } {
  const host = process.env['SALLYPORT_ADDRESS'] ?? '127.0.0.1'
  return { host, port: Number(process.env[`SALLYPORT_PORT_${port}`] ?? port) }
}

/** Listens on all `servers`, says that it is ready, and ends the process gracefully on SIGTERM or SIGINT. */
export function listen(
  servers: readonly { readonly server: Server; readonly port: number }[],
  lifeline: Lifeline,
): void {
  let open = 0
  for (const { server, port } of servers) {
    const place = placeFor(port)
    // Proxies keep idle connections: closing them from here first would be seen as a reset.
    server.keepAliveTimeout = 75_000
    server.requestTimeout = 0
    server.on('error', (error) => {
      process.stderr.write(`cannot listen on ${place.host}:${place.port}: ${error.message}\n`)
      process.exit(1)
    })
    server.listen(place, () => {
      process.stdout.write(`Listening at: http://${place.host}:${place.port} (${process.pid})\n`)
      if (++open === servers.length) lifeline.ready()
    })
  }
  const stop = () => {
    setTimeout(() => {
      let left = servers.length
      for (const { server } of servers) {
        server.close(() => {
          if (--left === 0) process.exit(0)
        })
        server.closeIdleConnections()
      }
      setTimeout(() => process.exit(0), DRAIN_MS).unref()
    }, LAME_DUCK_MS)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}
