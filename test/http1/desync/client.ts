// A client that sends its bytes as a sequence says, and reads the answers as Node does.
import { connect } from 'node:net'
import type { Sequence } from './draw.ts'
import { Llhttp } from './llhttp.ts'

export interface Response {
  readonly status: number
  readonly id: string | undefined
  readonly keepAlive: boolean
  body: string
  whole: boolean
}

export interface Heard {
  /** Without 1xx. */
  readonly responses: readonly Response[]
  /** How the connection was ended: by the other end, not yet, or by this client. */
  readonly end: 'closed' | 'open' | 'left'
  /** What Node's parser does not take. */
  readonly fault: string | undefined
  /** What came after 101. */
  readonly tunnel: string
}

/** Longest wait for all the answers, ms. */
const PATIENCE = 5_000
const WHILE = 3

/** Sends `bytes`; `methods` are those of its messages. */
export async function converse(
  port: number,
  bytes: Buffer,
  methods: readonly string[],
  { cuts, leavesAt }: Sequence,
): Promise<Heard> {
  const responses: Response[] = []
  let now: Response | undefined
  let informed = false
  let tunnel: string | undefined
  let fault: string | undefined
  let closed = false
  let look = (): void => {}
  const parser = new Llhttp('response', {
    head: ({ status, fields }) => {
      informed = status < 200 && status !== 101
      if (informed) return 'as it says'
      now = {
        status,
        id: fields['x-id'],
        keepAlive: fields['connection'] !== 'close',
        body: '',
        whole: false,
      }
      responses.push(now)
      if (status === 101) {
        tunnel = ''
        return 'other protocol'
      }
      return methods[responses.length - 1] === 'HEAD' ? 'nothing' : 'as it says'
    },
    body: (chunk) => {
      if (now !== undefined) now.body += chunk.toString('latin1')
    },
    done: () => {
      if (!informed && now !== undefined) now.whole = true
    },
  })
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay()
  let reset = false
  socket.on('error', () => {
    reset = true
  })
  socket.on('data', (chunk: Buffer) => {
    let at = 0
    if (tunnel === undefined) {
      const read = parser.read(chunk)
      if (typeof read === 'string') {
        fault = `${read} after ${responses.length} responses: ${JSON.stringify(chunk.toString('latin1').slice(0, 300))}`
        socket.destroy()
        return
      }
      at = read
    }
    if (tunnel !== undefined) tunnel += chunk.toString('latin1', at)
    look()
  })
  socket.on('close', () => {
    if (!reset && fault === undefined && tunnel === undefined) parser.end()
    closed = true
    look()
  })
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))

  const all = leavesAt === undefined ? bytes.length : Math.floor(leavesAt * bytes.length)
  let from = 0
  for (const { at, pause } of [...cuts].sort((a, b) => a.at - b.at)) {
    const to = Math.min(all, Math.floor(at * bytes.length))
    if (to > from && !closed) socket.write(bytes.subarray(from, to))
    from = Math.max(from, to)
    if (pause === 'turn') await new Promise((resolve) => setImmediate(resolve))
    if (pause === 'while') await new Promise((resolve) => setTimeout(resolve, WHILE))
  }
  if (from < all && !closed) socket.write(bytes.subarray(from, all))

  const heard = (): boolean =>
    closed ||
    (responses.filter(({ whole }) => whole).length >= methods.length && leavesAt === undefined) ||
    (tunnel?.startsWith('T:') === true && tunnel.length > 2)
  if (leavesAt === undefined) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE)
      look = () => {
        if (!heard()) return
        clearTimeout(timer)
        resolve()
      }
      look()
    })
    // Whatever comes too much is on its way by now.
    await new Promise((resolve) => setTimeout(resolve, WHILE))
  }
  const end = closed ? 'closed' : leavesAt === undefined ? 'open' : 'left'
  socket.destroy()
  return { responses, end, fault, tunnel: tunnel ?? '' }
}
