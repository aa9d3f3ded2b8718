import { once } from 'node:events'
import {
  createServer as createHttp,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
} from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { type ConnectProxy, startConnectProxy } from './connect-proxy.ts'
import { Zones } from './zones.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const zones = new Zones()
zones.add('shop.example')
zones.set('shop.example', [{ type: 'A', data: '127.9.1.1' }])

async function start(realPort: number, passThrough = false): Promise<ConnectProxy> {
  const proxy = await startConnectProxy({
    cluster: 'test',
    host: '127.0.0.1',
    port: 0,
    addresses: (name) => zones.addresses(name),
    owns: (address) => address.startsWith('127.9.'),
    locate: (_, port) => ({ host: '127.0.0.1', port: port === 443 || port === 80 ? realPort : port }),
    passThrough,
  })
  endings.push(proxy.close)
  return proxy
}

async function tcp(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => server.close())
  return (server.address() as AddressInfo).port
}

async function web(handler: RequestListener): Promise<number> {
  const server = createHttp(handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Opens a tunnel and returns the socket behind the response head. */
async function tunnel(proxy: ConnectProxy, authority: string): Promise<{ head: string; socket: Socket }> {
  const socket = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true })
  endings.push(() => socket.destroy())
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  let head = ''
  while (!head.endsWith('\r\n\r\n')) {
    const byte = socket.read(1) as Buffer | null
    if (byte === null) await once(socket, 'readable')
    else head += byte.toString()
  }
  return { head, socket }
}

async function viaProxy(
  proxy: ConnectProxy,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ answer: IncomingMessage; body: string }> {
  const sent = httpRequest({ host: proxy.host, port: proxy.port, path, agent: false, ...options })
  sent.end(options.body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { answer, body: await text(answer) }
}

describe('startConnectProxy: tunnels', () => {
  it('joins both streams and passes a half-close on in each direction', async () => {
    const port = await tcp((socket) => {
      let asked = ''
      socket.on('data', (chunk) => {
        asked += chunk
      })
      socket.on('end', () => socket.end(`you said ${asked}`))
    })
    const { head, socket } = await tunnel(await start(port), 'shop.example:443')
    expect(head).toMatch(/^HTTP\/1\.1 200 /)
    socket.end('hello')
    expect(await text(socket)).toBe('you said hello')
  })

  it('carries much data past a slow reader without holding it all', async () => {
    const size = 32 * 1024 * 1024
    let sent = 0
    const port = await tcp((socket) => {
      const block = Buffer.alloc(65_536)
      const more = () => {
        while (sent < size) {
          sent += block.length
          if (!socket.write(block)) return
        }
        socket.end()
      }
      socket.on('drain', more)
      more()
    })
    const { socket } = await tunnel(await start(port), 'shop.example:443')
    // The reader is paused: what was sent settles at what the buffers hold.
    let before = -1
    while (before !== sent) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(sent).toBeLessThan(size)
    let received = 0
    for await (const chunk of socket) received += (chunk as Buffer).length
    expect(received).toBe(size)
  })

  it('passes a reset on in each direction', async () => {
    const upstreams: Socket[] = []
    const port = await tcp((socket) => {
      upstreams.push(socket)
      socket.write('x')
    })
    const proxy = await start(port)
    const first = await tunnel(proxy, 'shop.example:443')
    first.socket.resume()
    await once(first.socket, 'data')
    const reset = once(upstreams[0] as Socket, 'error')
    first.socket.resetAndDestroy()
    expect(await reset).toMatchObject([{ code: 'ECONNRESET' }])
    const second = await tunnel(proxy, 'shop.example:443')
    const gone = once(second.socket, 'error')
    second.socket.resume()
    upstreams[1]?.resetAndDestroy()
    expect(await gone).toMatchObject([{ code: 'ECONNRESET' }])
  })

  it('refuses foreign names and addresses in the status line, and says what cannot be reached', async () => {
    const proxy = await start(1)
    expect((await tunnel(proxy, 'example.org:443')).head).toMatch(
      /^HTTP\/1\.1 403 example.org is not a name or address of the cluster test\r\n/,
    )
    expect((await tunnel(proxy, '192.0.2.1:443')).head).toMatch(/^HTTP\/1\.1 403 /)
    expect((await tunnel(proxy, 'none.shop.example:443')).head).toMatch(
      /^HTTP\/1\.1 502 .*no address for the name/,
    )
    expect((await tunnel(proxy, 'shop.example:443')).head).toMatch(/^HTTP\/1\.1 502 .*ECONNREFUSED/)
    expect((await tunnel(proxy, 'shop.example')).head).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('lets foreign addresses through when told to', async () => {
    const port = await tcp((socket) => socket.end('out'))
    const { socket } = await tunnel(await start(1, true), `127.0.0.1:${port}`)
    expect(await text(socket)).toBe('out')
  })

  it('ends all tunnels on close', async () => {
    const port = await tcp(() => {})
    const proxy = await start(port)
    const { socket } = await tunnel(proxy, 'shop.example:443')
    socket.resume()
    const ended = once(socket, 'end')
    endings.splice(
      endings.findIndex((end) => end === proxy.close),
      1,
    )
    await proxy.close()
    await ended
  })
})

describe('startConnectProxy: absolute-form requests', () => {
  it('passes method, path, body and headers on, less those of the hop', async () => {
    const port = await web(async (request, answer) => {
      answer.setHeader('X-Seen', JSON.stringify(request.rawHeaders))
      answer.statusCode = 201
      answer.end(`${request.method} ${request.url} ${await text(request)}`)
    })
    const { answer, body } = await viaProxy(await start(port), 'http://shop.example/a?b=c', {
      method: 'POST',
      headers: {
        'X-Mine': '1',
        Connection: 'x-hop, close',
        'X-Hop': '2',
        'Proxy-Authorization': 'Basic eA==',
      },
      body: 'payload',
    })
    expect([answer.statusCode, body]).toEqual([201, 'POST /a?b=c payload'])
    const seen = JSON.parse(String(answer.headers['x-seen'])) as string[]
    expect(seen.slice(0, 2)).toEqual(['Host', 'shop.example'])
    expect(seen).toContain('X-Mine')
    expect(seen).not.toContain('X-Hop')
    expect(seen).not.toContain('Proxy-Authorization')
  })

  it('refuses foreign names, other schemes and requests that are not for a proxy', async () => {
    const proxy = await start(1)
    const status = async (path: string) => (await viaProxy(proxy, path)).answer.statusCode
    expect(await status('http://example.org/')).toBe(403)
    expect(await status('https://shop.example/')).toBe(400)
    expect(await status('/')).toBe(400)
    const down = await viaProxy(proxy, 'http://shop.example/')
    expect([down.answer.statusCode, down.body]).toEqual([502, expect.stringContaining('ECONNREFUSED')])
  })

  it('cuts the answer off where the origin cut it off', async () => {
    const port = await web((_request, answer) => {
      answer.writeHead(200, { 'content-length': '100' })
      answer.write('half', () => answer.destroy())
    })
    await expect(viaProxy(await start(port), 'http://shop.example/')).rejects.toThrow()
  })
})
