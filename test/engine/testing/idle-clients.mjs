// A process that opens many connections and holds them: `node idle-clients.mjs PORT COUNT`. Every other has asked for something before. It says when all
// are open, and when all were closed on it.
import { connect } from 'node:net'

const [port, count] = process.argv.slice(2).map(Number)
let open = 0
let closed = 0
const one = () => {
  // Source ports of one address would not do for all.
  const localAddress = `127.0.0.${2 + Math.floor(open / 5000)}`
  const next = () => {
    if (++open < count) one()
    else process.send({ open, closed })
  }
  const asks = open % 2 === 0
  const socket = connect({ host: '127.0.0.1', port, localAddress }, () => {
    if (asks) socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    else next()
  })
  socket.on('error', () => {})
  if (asks) socket.once('data', next)
  socket.resume()
  socket.on('close', () => {
    closed++
    if (closed === count) process.send({ open, closed })
  })
}
one()
process.on('message', () => process.exit())
