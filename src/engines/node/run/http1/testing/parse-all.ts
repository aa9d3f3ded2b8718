// The codec on its own, for tests: bytes in pieces to requests, until they end or break a rule.
import { BodyReader } from '../body-reader.ts'
import { HeadParser } from '../head-parser.ts'
import { FAILED, NEED_MORE } from '../parse-result.ts'
import { readRequestHead } from '../request-head.ts'

export interface ParsedRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

export interface ParsedBytes {
  readonly requests: readonly ParsedRequest[]
  /** Details of the fault that ended the parse. */
  readonly fault?: string
  /** The bytes ended inside a request. */
  readonly unfinished: boolean
  /** The last request ended the connection: what follows is not looked at. */
  readonly closed: boolean
}

const LIMITS = { maxBytes: 60 * 1024, maxHeaders: 100 }

/** Parses pieces one after the other; each is copied first, as the codec writes into what it reads. */
export function parseAll(pieces: readonly Buffer[]): ParsedBytes {
  const parser = new HeadParser('request', LIMITS)
  const body = new BodyReader(LIMITS)
  const requests: ParsedRequest[] = []
  let last = false
  let open: { method: string; target: string; headers: [string, string][]; body: Buffer[] } | undefined
  const finish = (): void => {
    if (open === undefined) return
    const trailers: [string, string][] = []
    body.trailers?.each((name, value) => trailers.push([name, value]))
    requests.push({ ...open, body: Buffer.concat(open.body).toString('latin1'), trailers })
    open = undefined
    parser.next()
  }
  for (const piece of pieces) {
    const chunk = Buffer.from(piece)
    let at = 0
    while (at < chunk.length) {
      if (open === undefined) {
        at = parser.parse(chunk, at)
        if (at === NEED_MORE) break
        if (at === FAILED)
          return { requests, fault: parser.fault?.details ?? '', unfinished: false, closed: false }
        const read = readRequestHead(parser)
        if ('details' in read) return { requests, fault: read.details, unfinished: false, closed: false }
        const headers: [string, string][] = []
        read.head.headers.each((name, value) => headers.push([name, value]))
        last = !read.keepAlive
        open = { method: read.head.method, target: parser.target, headers, body: [] }
        body.startRequest(read.head)
      } else {
        at = body.read(chunk, at)
        if (at === FAILED)
          return { requests, fault: body.fault?.details ?? '', unfinished: false, closed: false }
        if (body.data !== undefined) open.body.push(Buffer.from(body.data))
      }
      if (body.done) {
        finish()
        if (last) return { requests, unfinished: false, closed: true }
      }
    }
  }
  return { requests, unfinished: open !== undefined || parser.started, closed: false }
}
