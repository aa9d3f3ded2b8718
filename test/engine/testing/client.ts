// Clients for tests: one request with node:http, or raw bytes.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly trailers: NodeJS.Dict<string>
}

/** One request on its own connection (over TLS when `ca` is there); rejects when there is no whole answer. */
export function ask(options: RequestOptions & { readonly body?: string | Buffer }): Promise<Answer> {
  const { body, ...rest } = options
  return new Promise((resolve, reject) => {
    const start = 'ca' in rest ? httpsRequest : httpRequest
    const request = start({ host: '127.0.0.1', agent: false, ...rest }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('latin1'),
          trailers: response.trailers,
        }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** A raw connection whose text can be awaited. */
export class RawClient {
  readonly socket: Socket
  text = ''
  closed = false
  private waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
      this.look()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
      this.look()
    })
  }

  write(text: string): void {
    this.socket.write(text, 'latin1')
  }

  /** Resolves once the text holds `part`; rejects when the connection ends before. */
  async until(part: string): Promise<string> {
    await this.wait(() => this.text.includes(part) || this.closed)
    if (!this.text.includes(part))
      throw new Error(`closed before ${JSON.stringify(part)}: ${JSON.stringify(this.text)}`)
    return this.text
  }

  /** Resolves with all text once the connection is closed. */
  async end(): Promise<string> {
    await this.wait(() => this.closed)
    return this.text
  }

  private wait(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ done, resolve })
      this.look()
    })
  }

  private look(): void {
    const ready = this.waiting.filter(({ done }) => done())
    this.waiting = this.waiting.filter((one) => !ready.includes(one))
    for (const { resolve } of ready) resolve()
  }
}

export async function raw(port: number, first = ''): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay()
  onTestFinished(() => void socket.destroy())
  const client = new RawClient(socket)
  await new Promise<void>((resolve, reject) => socket.once('connect', () => resolve()).once('error', reject))
  if (first !== '') client.write(first)
  return client
}
