// TLS on listeners and to upstreams: which certificate answers, who is let in, and that nothing falls back to less.

import type { AddressInfo } from 'node:net'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FilterChain } from '../../src/ir/listener.ts'
import type { PeerVerification, UpstreamTls } from '../../src/ir/tls.ts'
import { TestAuthority, TestBlobs, type TestCertificate } from './testing/certificates.ts'
import { ask } from './testing/client.ts'
import { testEngine } from './testing/engine.ts'
import {
  chain,
  cluster,
  endpoint,
  forward,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from './testing/model.ts'
import { chains, handshake, says, serving } from './testing/tls.ts'

test('the chain is chosen by SNI: exact, longest suffix, none; nothing else is served', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const leaf = (name: string) => authority.leaf({ subject: { commonName: name }, dns: [name] })
  const one = (name: string, serverNames: readonly string[] | undefined) =>
    chain(says(name), {
      name,
      match: { transport: 'tls', ...(serverNames ? { serverNames } : {}) },
      tls: serving(leaf(name)),
    })
  const { port, log, apply } = await chains(blobs, [
    one('exact', ['a.test']),
    one('suffix', ['*.test']),
    one('longer', ['*.b.test']),
    one('rest', undefined),
  ])
  const name = async (servername: string | undefined) =>
    (await handshake(port, servername === undefined ? {} : { servername })).name
  expect(await name('a.test')).toBe('exact')
  expect(await name('A.TEST')).toBe('exact')
  expect(await name('x.test')).toBe('suffix')
  expect(await name('x.y.b.test')).toBe('longer')
  expect(await name('other')).toBe('rest')
  expect(await name(undefined)).toBe('rest')
  await apply([
    chain(says('exact', { accessLog: 'istio-text' }), {
      match: { transport: 'tls', serverNames: ['a.test'] },
      tls: serving(leaf('exact')),
    }),
  ])
  await expect(name('other')).rejects.toThrow()
  await expect(name(undefined)).rejects.toThrow()
  expect(log.at(-1)?.line).toMatch(/"- - -" 0 NR filter_chain_not_found/)
})

test('transport and ALPN choose between chains, as a permissive sidecar needs it', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const leaf = authority.leaf({ subject: { commonName: 'mesh' }, dns: ['a'] })
  const { port } = await chains(blobs, [
    chain(says('mesh'), {
      name: 'mesh',
      match: { transport: 'tls', alpn: ['istio', 'istio-http/1.1'] },
      tls: serving(leaf),
    }),
    chain(says('plain'), { name: 'plain', match: { transport: 'plaintext' } }),
  ])
  expect((await ask({ port })).body).toBe('plain')
  expect((await handshake(port, { ALPNProtocols: ['istio-http/1.1', 'istio', 'http/1.1'] })).alpn).toBe(
    'http/1.1',
  )
  await expect(handshake(port, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow()
})

test('a client whose ALPN is all unknown goes on without, as with Envoy', async () => {
  const blobs = new TestBlobs()
  const { port } = await chains(blobs, [
    chain(says('x'), { tls: serving(new TestAuthority(blobs).leaf({ subject: { commonName: 'x' } })) }),
  ])
  expect((await handshake(port, { ALPNProtocols: ['spdy/3'] })).alpn).toBe(false)
})

test('a ClientHello in single bytes is understood', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const { port } = await chains(blobs, [
    chain(says('x'), {
      match: { serverNames: ['drip.test'] },
      tls: serving(authority.leaf({ subject: { commonName: 'drip' } })),
    }),
  ])
  const through = await freePort()
  const { createServer } = await import('node:net')
  const server = createServer((socket) => {
    const upstream = connectTcp(port, '127.0.0.1')
    upstream.setNoDelay()
    onTestFinished(() => void upstream.destroy())
    socket.on('data', (bytes: Buffer) => {
      for (const byte of bytes) upstream.write(Buffer.from([byte]))
    })
    upstream.on('data', (bytes: Buffer) => socket.write(bytes))
    socket.on('error', () => {})
    upstream.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(through, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  expect((await handshake(through, { servername: 'drip.test' })).name).toBe('drip')
})

test('a changed trust ends old sessions: the ticket of a client that is no longer trusted is worth nothing', async () => {
  const blobs = new TestBlobs()
  const [authority, before, after] = [
    new TestAuthority(blobs),
    new TestAuthority(blobs, 'Before'),
    new TestAuthority(blobs, 'After'),
  ]
  const server = authority.leaf({ subject: { commonName: 'server' }, dns: ['a.test'] })
  const client = before.leaf({ subject: { commonName: 'client' } })
  const trusting = (trust: TestAuthority) =>
    chain(says('in'), {
      tls: serving(server, { clientCertificate: { mode: 'require', verify: { trust: trust.trust } } }),
    })
  const { port, apply } = await chains(blobs, [trusting(before)])
  const options = { servername: 'a.test', cert: client.chain, key: client.key }
  const session = await new Promise<Buffer>((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    socket.on('session', (ticket) => {
      resolve(ticket)
      socket.destroy()
    })
    socket.on('error', reject)
  })
  await apply([trusting(after)])
  await expect(
    ask({ port, ca: authority.authority.certificate, ...options, session } as Parameters<typeof ask>[0]),
  ).rejects.toThrow()
})

test('a chain that refuses, and one whose bytes are missing, close every handshake; others go on', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const leaf = (name: string) => authority.leaf({ subject: { commonName: name }, dns: [name] })
  const missing = leaf('missing.test')
  blobs.forget(missing.ref.key)
  const one = (name: string, certificate: TestCertificate, rest: Partial<FilterChain> = {}) =>
    chain(says(name), { name, match: { serverNames: [name] }, tls: serving(certificate), ...rest })
  const { port, rejected } = await chains(blobs, [
    one('good.test', leaf('good.test')),
    one('refused.test', leaf('refused.test'), { refuse: { reason: 'SP0201', message: 'no secret' } }),
    one('missing.test', missing),
    one('rest', leaf('rest'), { match: {} }),
  ])
  expect(rejected.map(({ code, message }) => [code, message.includes('missing.test')])).toEqual([
    ['SP0801', true],
  ])
  expect((await handshake(port, { servername: 'good.test' })).name).toBe('good.test')
  await expect(handshake(port, { servername: 'refused.test' })).rejects.toThrow()
  await expect(handshake(port, { servername: 'missing.test' })).rejects.toThrow()
})

test('plaintext to a port that speaks TLS only is reset', async () => {
  const blobs = new TestBlobs()
  const { port } = await chains(blobs, [
    chain(says('x'), {
      match: { transport: 'tls' },
      tls: serving(new TestAuthority(blobs).leaf({ subject: { commonName: 'x' } })),
    }),
  ])
  await expect(ask({ port })).rejects.toThrow(/ECONNRESET|hang up/)
})

test('old protocol versions are refused, and taken where the chain says so', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const leaf = authority.leaf({ subject: { commonName: 'x' } })
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
  const strict = await chains(blobs, [chain(says('x'), { tls: serving(leaf) })])
  await expect(handshake(strict.port, old)).rejects.toThrow()
  const lenient = await chains(blobs, [chain(says('x'), { tls: serving(leaf, { minVersion: '1.0' }) })])
  expect((await handshake(lenient.port, old)).socket.getProtocol()).toBe('TLSv1.1')
  const newest = await chains(blobs, [chain(says('x'), { tls: serving(leaf, { minVersion: '1.3' }) })])
  await expect(handshake(newest.port, { maxVersion: 'TLSv1.2' })).rejects.toThrow()
})

describe('to upstreams', () => {
  interface Upstream {
    readonly port: number
    readonly servernames: (string | false)[]
  }

  async function tlsBackend(
    certificate: TestCertificate,
    options: { readonly ca?: string; readonly maxVersion?: 'TLSv1.2' } = {},
  ): Promise<Upstream> {
    const servernames: (string | false)[] = []
    const server = createTlsServer(
      {
        cert: certificate.chain,
        key: certificate.key,
        ...(options.ca === undefined ? {} : { ca: options.ca, requestCert: true, rejectUnauthorized: true }),
        ...(options.maxVersion === undefined ? {} : { maxVersion: options.maxVersion }),
      },
      (socket) => {
        servernames.push(socket.servername as string | false)
        socket.on('error', () => {})
        socket.on('data', () => {
          const name = socket.getPeerCertificate().subject?.CN ?? 'nobody'
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`)
        })
      },
    )
    server.on('tlsClientError', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return { port: (server.address() as AddressInfo).port, servernames }
  }

  async function world(
    request: Parameters<TestAuthority['leaf']>[0],
    tls: (authority: TestAuthority) => UpstreamTls,
    backendOptions = {},
  ) {
    const blobs = new TestBlobs()
    const authority = new TestAuthority(blobs)
    const upstream = await tlsBackend(authority.leaf(request), backendOptions)
    const port = await freePort()
    const { use, log } = testEngine(blobs)
    const handler = manager(table(virtualHost(['*'], [route(forward('app'))])), { accessLog: 'istio-json' })
    await use(
      proxy(
        'g',
        [listener(port, [chain(handler)])],
        [cluster('app', [endpoint(upstream.port)], { tls: { when: 'always', context: tls(authority) } })],
      ),
    )
    const reason = (): unknown =>
      (JSON.parse(log.at(-1)?.line ?? '{}') as Record<string, unknown>)['upstream_transport_failure_reason']
    return { port, upstream, reason, authority }
  }
  const named = { subject: { commonName: 'up' }, dns: ['up.test', '*.wild.test'] }
  const verifying = (authority: TestAuthority, rest: Partial<PeerVerification> = {}): PeerVerification => ({
    trust: authority.trust,
    ...rest,
  })

  test.each([
    ['the name', 'up.test', true],
    ['a wildcard', 'x.wild.test', true],
    ['a wildcard covers one label', 'x.y.wild.test', false],
    ['another name', 'other.test', false],
  ])('names: %s', async (_name, value, good) => {
    const { port, upstream, reason } = await world(named, (authority) => ({
      sni: 'up.test',
      verify: verifying(authority, { names: [{ kind: 'dns', value }] }),
      alpn: [],
    }))
    const got = await ask({ port })
    expect(got.status).toBe(good ? 200 : 503)
    if (good) expect(upstream.servernames).toEqual(['up.test'])
    else expect(reason()).toContain(value)
  })

  test('a server that is not trusted, or whose certificate has expired: 503 UF', async () => {
    const foreign = await world(named, () => ({
      verify: verifying(new TestAuthority(new TestBlobs(), 'x')),
      alpn: [],
    }))
    expect((await ask({ port: foreign.port })).status).toBe(503)
    const blobs = new TestBlobs()
    const stranger = new TestAuthority(blobs, 'Other')
    const untrusted = await tlsBackend(stranger.leaf(named))
    const authority = new TestAuthority(blobs)
    const port = await freePort()
    const { use } = testEngine(blobs)
    await use(
      proxy(
        'g',
        [listener(port, [chain(manager(table(virtualHost(['*'], [route(forward('app'))]))))])],
        [
          cluster('app', [endpoint(untrusted.port)], {
            tls: { when: 'always', context: { verify: verifying(authority), alpn: [] } },
          }),
        ],
      ),
    )
    const got = await ask({ port })
    expect([got.status, got.body.includes('TLS error')]).toEqual([503, true])
    const expired = await world({ ...named, now: Date.now() - 7_200_000, lifetimeMs: 3_600_000 }, (one) => ({
      verify: verifying(one),
      alpn: [],
    }))
    expect((await ask({ port: expired.port })).status).toBe(503)
    expect(expired.reason()).toMatch(/CERT_HAS_EXPIRED|expired/)
  })

  test('no SNI is sent unless told; that of the request is sent, and checked, when told', async () => {
    const none = await world(named, (authority) => ({ verify: verifying(authority), alpn: [] }))
    expect((await ask({ port: none.port, headers: { host: 'up.test' } })).status).toBe(200)
    expect(none.upstream.servernames).toEqual([false])
    const host = await world(named, (authority) => ({
      sni: { from: 'host' },
      verify: verifying(authority),
      verifyHost: true,
      alpn: [],
    }))
    expect((await ask({ port: host.port, headers: { host: 'up.test:8443' } })).status).toBe(200)
    expect((await ask({ port: host.port, headers: { host: 'a.wild.test' } })).status).toBe(200)
    expect((await ask({ port: host.port, headers: { host: 'evil.test' } })).status).toBe(503)
    expect(host.upstream.servernames.slice(0, 2)).toEqual(['up.test', 'a.wild.test'])
  })

  test('a client certificate is presented; without one, what the server says is told', async () => {
    const blobs = new TestBlobs()
    const authority = new TestAuthority(blobs)
    const upstream = await tlsBackend(authority.leaf(named), { ca: authority.authority.certificate })
    const certificate = authority.leaf({ subject: { commonName: 'me' } })
    const [withOne, without] = [await freePort(), await freePort()]
    const { use } = testEngine(blobs)
    const to = (name: string) => [chain(manager(table(virtualHost(['*'], [route(forward(name))]))))]
    const tls = (rest: Partial<UpstreamTls>) => ({
      tls: { when: 'always' as const, context: { verify: verifying(authority), alpn: [], ...rest } },
    })
    await use(
      proxy(
        'g',
        [listener(withOne, to('with')), listener(without, to('without'))],
        [
          cluster('with', [endpoint(upstream.port)], tls({ certificate: certificate.ref })),
          cluster('without', [endpoint(upstream.port)], tls({})),
        ],
      ),
    )
    expect((await ask({ port: withOne })).body).toBe('me')
    const refused = await ask({ port: without })
    expect([refused.status, /certificate required/.test(refused.body)]).toEqual([503, true])
  })

  test('trust that is missing refuses every request, and is never the same as no verification', async () => {
    const { port, upstream } = await world(named, (authority) => ({
      verify: { trust: { ...authority.trust, roots: 'f'.repeat(64) } },
      alpn: [],
    }))
    expect((await ask({ port })).status).toBe(503)
    expect(upstream.servernames).toEqual([])
  })

  test('connections are resumed, and a resumed one rests on the certificate that was verified', async () => {
    const blobs = new TestBlobs()
    const authority = new TestAuthority(blobs)
    let reused = 0
    const leaf = authority.leaf(named)
    const server = createTlsServer({ cert: leaf.chain, key: leaf.key }, (socket) => {
      if (socket.isSessionReused()) reused++
      socket.on('error', () => {})
      socket.on('data', () =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const port = await freePort()
    const { use } = testEngine(blobs)
    await use(
      proxy(
        'g',
        [listener(port, [chain(manager(table(virtualHost(['*'], [route(forward('app'))]))))])],
        [
          cluster('app', [endpoint((server.address() as AddressInfo).port)], {
            tls: {
              when: 'always',
              context: {
                sni: 'up.test',
                verify: verifying(authority, { names: [{ kind: 'dns', value: 'up.test' }] }),
                alpn: [],
              },
            },
          }),
        ],
      ),
    )
    for (let i = 0; i < 6; i++) expect((await ask({ port })).status).toBe(200)
    expect(reused).toBeGreaterThan(0)
  })
})
