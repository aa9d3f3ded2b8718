// Which of the protocols that a client offers is spoken, and the answer that says so.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { badRequest } from '../status-error.ts'
import { acceptKey } from './web-socket.ts'

export interface Accepted {
  readonly carrier: 'spdy' | 'web-socket'
  readonly protocol: string
  /** Sends the 101. */
  accept(socket: Duplex): void
}

/** The first of ours that the client has too. Throws 400 when there is none. */
export function acceptUpgrade(
  { headers }: IncomingMessage,
  ours: { readonly spdy: readonly string[]; readonly webSocket: readonly string[] },
): Accepted {
  const upgrade = headers.upgrade?.toLowerCase()
  if (upgrade === 'spdy/3.1') {
    const protocol = choose(ours.spdy, headers['x-stream-protocol-version'])
    return {
      carrier: 'spdy',
      protocol,
      accept: (socket) => answer(socket, ['Upgrade: SPDY/3.1', `X-Stream-Protocol-Version: ${protocol}`]),
    }
  }
  const key = headers['sec-websocket-key']
  if (upgrade !== 'websocket' || key === undefined) throw badRequest('Upgrade request required')
  const protocol = choose(ours.webSocket, headers['sec-websocket-protocol'])
  return {
    carrier: 'web-socket',
    protocol,
    accept: (socket) =>
      answer(socket, [
        'Upgrade: websocket',
        `Sec-WebSocket-Accept: ${acceptKey(key)}`,
        `Sec-WebSocket-Protocol: ${protocol}`,
      ]),
  }
}

function choose(ours: readonly string[], offered: string | readonly string[] | undefined): string {
  const theirs = [offered ?? []].flat().flatMap((one) => one.split(',').map((name) => name.trim()))
  const protocol = ours.find((one) => theirs.includes(one))
  if (protocol === undefined) {
    throw badRequest(
      `unable to upgrade: none of the protocols offered (${theirs.join(', ')}) is served: ${ours.join(', ')}`,
    )
  }
  return protocol
}

function answer(socket: Duplex, lines: readonly string[]): void {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n${lines.join('\r\n')}\r\n\r\n`)
}
