// The streams of exec as each carrier has them.
import type { Duplex } from 'node:stream'
import type { ExecStreams } from './exec.ts'
import { type SpdyStream, spdyConnection } from './spdy-connection.ts'
import type { WebSocket } from './web-socket.ts'
import { webSocketChannels } from './web-socket-channels.ts'

/** What the client asked for in its query. */
export interface ExecWishes {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly resize: boolean
}

interface ExecClient {
  readonly streams: ExecStreams
  /** Says goodbye once everything has been written. */
  readonly end: () => void
}

/** Resolves when the client has opened all streams that it asked for; never, when it goes away before. */
export function execOverSpdy(socket: Duplex, wishes: ExecWishes): Promise<ExecClient> {
  const wanted = (['stdin', 'stdout', 'stderr', 'resize'] as const).filter((name) => wishes[name])
  return new Promise((resolve) => {
    const opened = new Map<string, SpdyStream>()
    const connection = spdyConnection(socket, (stream) => {
      const type = stream.headers.get('streamtype') ?? ''
      opened.set(type, stream)
      // Only stdin is read; sizes of terminals have no meaning without one.
      if (type !== 'stdin') stream.resume()
      const error = opened.get('error')
      if (!error || !wanted.every((name) => opened.has(name))) return
      const [stdin, stdout, stderr] = ['stdin', 'stdout', 'stderr'].map((name) => opened.get(name))
      const streams = {
        error,
        ...(stdin ? { stdin } : {}),
        ...(stdout ? { stdout } : {}),
        ...(stderr ? { stderr } : {}),
      }
      resolve({ streams, end: connection.end })
    })
  })
}

/** Channels: 0 stdin, 1 stdout, 2 stderr, 3 error, 4 resize. */
export function execOverWebSocket(socket: WebSocket, wishes: ExecWishes): ExecClient {
  const channels = webSocketChannels(socket)
  return {
    streams: {
      error: channels.writable(3),
      ...(wishes.stdin ? { stdin: channels.readable(0) } : {}),
      ...(wishes.stdout ? { stdout: channels.writable(1) } : {}),
      ...(wishes.stderr ? { stderr: channels.writable(2) } : {}),
    },
    end: () => socket.end(),
  }
}
