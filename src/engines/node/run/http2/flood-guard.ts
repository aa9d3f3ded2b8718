// Counts what costs a client nothing and us something: cancelled streams, PING and SETTINGS frames. Too many in a while end the connection.
import { constants, type ServerHttp2Session } from 'node:http2'
import { monotonic } from '../clock.ts'

const WINDOW_MS = 10_000

/** How many of each a client may send within the window. */
const ALLOWED = {
  /** Streams that end before their answer has (CVE-2023-44487), whoever was made to reset them (CVE-2025-8671). */
  reset: 200,
  /** gRPC keep-alive sends one in ten seconds, measurements of bandwidth a few in a second. */
  ping: 500,
  settings: 100,
} as const

export class FloodGuard {
  private readonly session: ServerHttp2Session
  private readonly counts = { reset: 0, ping: 0, settings: 0 }
  private since = monotonic()

  constructor(session: ServerHttp2Session) {
    this.session = session
    session.on('ping', () => this.count('ping'))
    session.on('remoteSettings', () => this.count('settings'))
  }

  count(what: keyof typeof ALLOWED): void {
    const { counts, session } = this
    const now = monotonic()
    if (now - this.since > WINDOW_MS) {
      counts.reset = counts.ping = counts.settings = 0
      this.since = now
    }
    if (++counts[what] <= ALLOWED[what] || session.destroyed) return
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    session.destroy()
  }
}
