// A process of clients: each connection is a TLS handshake and one request. `full` and `resumed` close them again, `held` keeps them open.
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { CIPHER, GROUP } from './cipher.ts'

/** What the process answers when all connections have had their answer. */
export interface ClientsReport {
  /** Handshakes that continued a session. */
  readonly resumed: number
  /** Connections that are open. */
  readonly open: number
}

/** Connections that are opened at once. */
const LANES = 8

const [work = '', portText = '', name = '', countText = ''] = process.argv.slice(2)
const port = Number(portText)

function open(session?: Buffer): TLSSocket {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: name,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    ciphers: CIPHER,
    ecdhCurve: GROUP,
    ...(session === undefined ? {} : { session }),
  })
  socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`)
  return socket
}

async function request(session: Buffer | undefined): Promise<TLSSocket> {
  const socket = open(session)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(answer.toString('latin1'))
  return socket
}

async function sessionOf(socket: TLSSocket): Promise<Buffer> {
  const [session] = (await once(socket, 'session')) as [Buffer]
  socket.destroy()
  return session
}

const session = work === 'resumed' ? await sessionOf(open()) : undefined
const held: TLSSocket[] = []
let resumed = 0
let left = Number(countText)
async function lane(): Promise<void> {
  while (left-- > 0) {
    const socket = await request(session)
    if (socket.isSessionReused()) resumed += 1
    if (work === 'held') held.push(socket)
    else socket.destroy()
  }
}
await Promise.all(Array.from({ length: LANES }, lane))
const report: ClientsReport = { resumed, open: held.filter(({ destroyed }) => !destroyed).length }
process.send?.(report)
process.once('disconnect', () => process.exit(0))
if (work !== 'held') process.disconnect?.()
