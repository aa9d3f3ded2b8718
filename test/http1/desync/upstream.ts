// An upstream that reads as Node does, tells what it read, and answers as each request's answer says.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { ANSWERS } from './answers.ts'
import { type Head, Llhttp } from './llhttp.ts'

export interface Seen {
  readonly id: string
  readonly connection: number
  readonly head: Head
  body: string
  whole: boolean
  /** It became another protocol: what came of that. */
  tunnel: string | undefined
}

export class Upstream {
  port = 0
  seen: Seen[] = []
  /** What no parser of HTTP/1.1 takes. */
  faults: string[] = []
  /** How each request is answered, by its number. */
  readonly answers = new Map<string, string>()
  private connections = 0
  private readonly sockets = new Set<Socket>()
  private readonly server = createServer((socket) => this.serve(socket))

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    this.port = (this.server.address() as AddressInfo).port
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
  }

  private serve(socket: Socket): void {
    const connection = ++this.connections
    this.sockets.add(socket)
    socket.setNoDelay()
    socket.on('error', () => {})
    socket.on('close', () => this.sockets.delete(socket))
    let now: Seen | undefined
    const parser = new Llhttp('request', {
      head: (head) => {
        const id = head.fields['user-agent'] ?? ''
        now = { id, connection, head, body: '', whole: false, tunnel: undefined }
        this.seen.push(now)
        const kind = this.answers.get(id) ?? 'length'
        if (ANSWERS[kind]?.early === true) this.answer(socket, now)
        if (head.upgrade && kind === 'another protocol') {
          now.tunnel = ''
          return 'other protocol'
        }
        return 'as it says'
      },
      body: (chunk) => {
        if (now !== undefined) now.body += chunk.toString('latin1')
      },
      done: () => {
        if (now === undefined) return
        now.whole = true
        if (ANSWERS[this.answers.get(now.id) ?? 'length']?.early !== true) this.answer(socket, now)
      },
    })
    socket.on('data', (chunk: Buffer) => {
      let at = 0
      if (now?.tunnel === undefined) {
        const read = parser.read(chunk)
        if (typeof read === 'string') {
          this.faults.push(
            `connection ${connection}, after ${now?.id}: ${read} in ${JSON.stringify(chunk.toString('latin1').slice(0, 200))}`,
          )
          socket.destroy()
          return
        }
        at = read
      }
      if (now?.tunnel !== undefined) now.tunnel += chunk.toString('latin1', at)
    })
  }

  private answer(socket: Socket, { id, head }: Seen): void {
    const times = this.seen.filter((one) => one.id === id).length
    const pieces =
      ANSWERS[this.answers.get(id) ?? 'length']?.pieces({
        id,
        method: head.method,
        upgrade: head.upgrade,
        times,
      }) ?? []
    play(socket, pieces)
  }
}

function play(socket: Socket, [piece, ...rest]: readonly (string | null | 'reset')[]): void {
  if (piece === undefined || socket.destroyed) return
  if (piece === null) socket.end()
  else if (piece === 'reset') socket.resetAndDestroy()
  else socket.write(piece, 'latin1')
  if (rest.length > 0) setImmediate(() => play(socket, rest))
}
