import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { startConnectProxy } from '../dns/connect-proxy.ts'
import { createAuthority, issueLeaf } from '../pki/authority.ts'
import { fetchText } from './fetch-text.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}
const answering = (status: number, body: string) =>
  listening(createServer((_, response) => void response.writeHead(status).end(body)))

describe('fetchText', () => {
  it('brings the body of a 200, and a reason for anything else', async () => {
    const fetched = async (port: Promise<number>, timeoutMs = 5_000) =>
      fetchText(`http://127.0.0.1:${await port}/keys`, { timeoutMs })
    expect(await fetched(answering(200, 'hello'))).toBe('hello')
    await expect(fetched(answering(302, ''))).rejects.toThrow('the answer is 302')
    await expect(fetched(answering(200, 'x'.repeat(1_000_001)))).rejects.toThrow('longer than')
    await expect(fetched(listening(createServer(() => undefined)), 20)).rejects.toThrow(
      'no answer within 20 ms',
    )
    await expect(fetchText('http://127.0.0.1:1/', { timeoutMs: 5_000 })).rejects.toThrow('ECONNREFUSED')
    await expect(fetchText('file:///etc/passwd', { timeoutMs: 1 })).rejects.toThrow('no http or https URI')
  })

  it('goes through a proxy that knows names, and trusts the authorities it is given', async () => {
    const now = Date.now()
    const authority = createAuthority({ subject: { commonName: 'root' }, now, lifetimeMs: 3_600_000 })
    const { chain, key } = issueLeaf(authority, {
      subject: { commonName: 'keys.inside' },
      dns: ['keys.inside'],
      purposes: ['serverAuth'],
      now,
      lifetimeMs: 3_600_000,
    })
    const server = createSecureServer({ cert: chain, key }, (request, response) => {
      response.end(`${request.headers.host} ${request.url}`)
    })
    const port = await listening(server)
    const proxy = await startConnectProxy({
      cluster: 'c',
      addresses: (name) => (name === 'keys.inside' ? ['127.0.0.1'] : undefined),
      owns: () => true,
      locate: (host, wanted) => ({ host, port: wanted === 443 ? port : wanted }),
      passThrough: false,
      host: '127.0.0.1',
      port: 0,
    })
    closers.push(() => proxy.close())
    const options = { timeoutMs: 5_000, proxy }
    const anchors = [authority.certificate]
    expect(await fetchText('https://keys.inside/a?b', { ...options, anchors })).toBe('keys.inside /a?b')
    await expect(fetchText('https://keys.inside/', options)).rejects.toThrow(/certificate/)
    await expect(fetchText('https://other.inside/', { ...options, anchors })).rejects.toThrow(
      'other.inside:443 cannot be reached',
    )
  })
})
