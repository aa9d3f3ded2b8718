// One request to one place, as a client that knows nothing of the case: HTTP/1.1 over TCP or TLS.
import { request as httpRequest } from 'node:http'
import { connect as connectPlain, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

export interface Sent {
  readonly place: { readonly host: string; readonly port: number }
  readonly url: URL
  /** Through a forward proxy: the whole URL is the request target. */
  readonly proxied: boolean
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly bodyBytes: number
  readonly tls: ConnectionOptions
}

export type Outcome =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  /** There was no HTTP answer. */
  | { readonly refused: string }

const WAIT_MS = 15_000

function open(sent: Sent): Socket {
  const { host, port } = sent.place
  return sent.url.protocol === 'https:' && !sent.proxied
    ? connectTls({ host, port, ...sent.tls })
    : connectPlain({ host, port })
}

/** Resolves with the answer, or with why there was none. */
export function send(sent: Sent): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = open(sent)
    const fail = (error: Error): void => resolve({ refused: error.message })
    socket.once('error', fail)
    const request = httpRequest({
      createConnection: () => socket,
      method: sent.method,
      path: sent.proxied ? sent.url.href : `${sent.url.pathname}${sent.url.search}`,
      headers: { host: sent.url.host, ...sent.headers },
      setHost: false,
    })
    request.setTimeout(WAIT_MS, () => request.destroy(new Error('no answer in time')))
    request.on('error', fail)
    request.on('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', fail)
      response.on('end', () => {
        const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(headers),
          body: Buffer.concat(parts).toString(),
        })
        socket.destroy()
      })
    })
    request.end(sent.bodyBytes === 0 ? undefined : Buffer.alloc(sent.bodyBytes, 'x'))
  })
}
