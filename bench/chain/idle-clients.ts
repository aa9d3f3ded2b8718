// A client process that opens TLS connections one after the other (handshakes), or keeps many open (idle). Speaks JSON lines with main.ts.
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

const [work = '', portText = '', name = '', countText = ''] = process.argv.slice(2)
const port = Number(portText)
const count = Number(countText)

async function request(session: Buffer | undefined): Promise<{ socket: TLSSocket; ticket?: Buffer }> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: name,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    ...(session === undefined ? {} : { session }),
  })
  let ticket: Buffer | undefined
  socket.on('session', (value: Buffer) => {
    ticket = value
  })
  socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(answer.toString('latin1'))
  return ticket === undefined ? { socket } : { socket, ticket }
}

if (work === 'idle') {
  const open: TLSSocket[] = []
  for (let at = 0; at < count; at++) open.push((await request(undefined)).socket)
  process.send?.({ open: open.length })
  process.on('disconnect', () => process.exit(0))
} else {
  const first = await request(undefined)
  first.socket.destroy()
  let resumed = 0
  for (let at = 0; at < count; at++) {
    const { socket } = await request(work === 'resumed' ? first.ticket : undefined)
    if (socket.isSessionReused()) resumed += 1
    socket.destroy()
  }
  process.send?.({ resumed })
  process.disconnect?.()
}
