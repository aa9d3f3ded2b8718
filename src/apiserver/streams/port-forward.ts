// pods/portforward: per connection a pair of streams, data and error, joined by their request id.
import type { Duplex, Readable, Writable } from 'node:stream'
import type { PodStreams } from '../pod-streams.ts'
import type { SpdyStream } from './spdy-connection.ts'

export interface ForwardTarget {
  readonly dial: PodStreams['dial']
  readonly namespace: string
  readonly pod: string
}

/** Takes the streams of a connection as they are opened. A data stream needs its error stream before it, as clients open them. */
export function portForward(target: ForwardTarget): (stream: SpdyStream) => void {
  const errors = new Map<string, SpdyStream>()
  return (stream) => {
    const id = stream.headers.get('requestid') ?? stream.headers.get('port') ?? ''
    if (stream.headers.get('streamtype') === 'error') {
      errors.set(id, stream)
      stream.once('close', () => errors.delete(id))
      stream.resume()
      return
    }
    const error = errors.get(id)
    errors.delete(id)
    if (!error) stream.destroy()
    else void forward(target, Number(stream.headers.get('port')), { input: stream, output: stream, error })
  }
}

/** Joins a client's streams with the port; what goes wrong is said on the error stream. Resolves when it is over. */
export async function forward(
  { dial, namespace, pod }: ForwardTarget,
  port: number,
  client: { readonly input: Readable; readonly output: Writable; readonly error: Writable },
): Promise<void> {
  const { input, output, error } = client
  let socket: Duplex
  try {
    socket = await dial(namespace, pod, port)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    error.end(`error forwarding port ${port} to pod ${pod}: ${reason}`)
    output.end()
    input.resume()
    return
  }
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined)
    socket.once('close', resolve)
    // A client that resets its stream, or goes, is done with both directions.
    input.once('close', () => {
      if (!input.readableEnded) socket.destroy()
    })
    input.pipe(socket)
    socket.pipe(output)
  })
  if (!output.writableEnded) output.end()
  error.end()
}
