// The DNS server: UDP and TCP on one address and port, answering from the zones.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { answer } from './answer.ts'
import type { Zones } from './zones.ts'

/** Idle time after which a TCP client is disconnected (RFC 7766 6.2.3 leaves it to the server). */
const TCP_IDLE_MS = 10_000
const TCP_CONNECTIONS = 256
/** A UDP port that is free may be taken for TCP: with port 0 several are tried. */
const ATTEMPTS = 16

export interface DnsServer {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** Starts answering on `host` and `port` (0: any free one), over UDP and TCP. Rejects with the system's error when the port cannot be bound. */
export async function startDnsServer(options: {
  readonly zones: Zones
  readonly host: string
  readonly port: number
}): Promise<DnsServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen(options)
    } catch (error) {
      if (
        options.port !== 0 ||
        attempt === ATTEMPTS ||
        (error as NodeJS.ErrnoException).code !== 'EADDRINUSE'
      )
        throw error
    }
  }
}

async function listen({
  zones,
  host,
  port,
}: {
  zones: Zones
  host: string
  port: number
}): Promise<DnsServer> {
  const clients = new Set<Socket>()
  const tcp = createServer((socket) => {
    clients.add(socket)
    socket.on('close', () => clients.delete(socket))
    serveStream(socket, zones)
  })
  tcp.maxConnections = TCP_CONNECTIONS
  tcp.listen(port, host)
  await once(tcp, 'listening')
  const bound = (tcp.address() as AddressInfo).port
  const udp = createSocket('udp4')
  udp.on('message', (query, peer) => {
    const response = answer(query, 'udp', zones)
    if (response !== undefined) udp.send(response, peer.port, peer.address, () => {})
  })
  try {
    udp.bind(bound, host)
    await once(udp, 'listening')
  } catch (error) {
    tcp.close()
    udp.close()
    throw error
  }
  // An ICMP error for an answer that nobody waits for must not end the server.
  udp.on('error', () => {})
  tcp.on('error', () => {})
  return {
    host,
    port: bound,
    async close() {
      const closed = [once(udp, 'close'), once(tcp, 'close')]
      udp.close()
      tcp.close()
      for (const client of clients) client.destroy()
      await Promise.all(closed)
    },
  }
}

/** Answers the length-prefixed queries of one connection in order (RFC 1035 4.2.2); reading stops while the client does not read. */
function serveStream(socket: Socket, zones: Zones): void {
  let pending = Buffer.alloc(0)
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('drain', () => socket.resume())
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 2) {
      const end = 2 + pending.readUInt16BE(0)
      if (pending.length < end) return
      const response = answer(pending.subarray(2, end), 'tcp', zones)
      pending = pending.subarray(end)
      if (response === undefined) {
        socket.destroy()
        return
      }
      const length = Buffer.alloc(2)
      length.writeUInt16BE(response.length)
      if (!socket.write(Buffer.concat([length, response]))) socket.pause()
    }
  })
}
