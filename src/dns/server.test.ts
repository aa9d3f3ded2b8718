import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import * as packet from 'dns-packet'
import { afterEach, describe, expect, it } from 'vitest'
import { type DnsServer, startDnsServer } from './server.ts'
import { Zones } from './zones.ts'

const open: DnsServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function start(): Promise<DnsServer> {
  const zones = new Zones()
  zones.add('shop.example')
  zones.set('*.shop.example', [{ type: 'A', data: '127.1.1.1' }])
  const server = await startDnsServer({ zones, host: '127.0.0.1', port: 0 })
  open.push(server)
  return server
}

const query = (id: number) =>
  packet.encode({ type: 'query', id, questions: [{ name: 'a.shop.example', type: 'A' }] })

describe('startDnsServer', () => {
  it('answers over UDP, also after garbage', async () => {
    const server = await start()
    const socket = createSocket('udp4')
    socket.send(Buffer.from('nonsense that is no query at all'), server.port, server.host)
    socket.send(query(9), server.port, server.host)
    const ids: (number | undefined)[] = []
    while (!ids.includes(9)) {
      const [message] = (await once(socket, 'message')) as [Buffer]
      ids.push(packet.decode(message).id)
    }
    socket.close()
  })

  it('answers several queries of one TCP connection in order, cut anywhere', async () => {
    const server = await start()
    const socket = connect(server.port, server.host)
    const stream = Buffer.concat(
      [1, 2, 3].flatMap((id) => {
        const bytes = query(id)
        return [Buffer.from([0, bytes.length]), bytes]
      }),
    )
    socket.setNoDelay(true)
    for (const byte of stream) socket.write(Buffer.from([byte]))
    let received = Buffer.alloc(0)
    const ids: (number | undefined)[] = []
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        ids.push(packet.decode(received.subarray(2, end)).id)
        received = received.subarray(end)
      }
      if (ids.length === 3) break
    }
    expect(ids).toEqual([1, 2, 3])
  })

  it('says when the port is taken, and frees it on close', async () => {
    const server = await start()
    const taken = { zones: new Zones(), host: server.host, port: server.port }
    await expect(startDnsServer(taken)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const idle = connect(server.port, server.host)
    await once(idle, 'connect')
    const gone = once(idle, 'close')
    await server.close()
    await gone
    open.length = 0
    open.push(await startDnsServer(taken))
  })
})
