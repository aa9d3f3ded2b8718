// Client certificates: who is let in, by which names, pins and lists, and what the program hears of it.
import { X509Certificate } from 'node:crypto'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { spkiDigest } from '../../src/engines/node/run/tls/peer-certificate.ts'
import type { TrustRef } from '../../src/ir/certificate.ts'
import type { PeerVerification } from '../../src/ir/tls.ts'
import { signCrl } from '../../src/pki/crl.ts'
import { backend } from './testing/backend.ts'
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

describe('client certificates', () => {
  async function mutual(
    verify: (trust: PeerVerification, client: TestCertificate) => PeerVerification = (rule) => rule,
    mode: 'require' | 'optional' | 'request-unverified' = 'require',
  ) {
    const blobs = new TestBlobs()
    const authority = new TestAuthority(blobs)
    const stranger = new TestAuthority(blobs, 'Stranger')
    const server = authority.leaf({ subject: { commonName: 'server' }, dns: ['a.test'] })
    const client = authority.leaf({
      subject: { commonName: 'client' },
      dns: ['client.test'],
      uri: ['spiffe://cluster.local/ns/a/sa/b'],
    })
    const rule = verify({ trust: authority.trust }, client)
    const app = await backend()
    const port = await freePort()
    const { use } = testEngine(blobs)
    const handler = manager(table(virtualHost(['*'], [route(forward('app'))])), {
      forwardClientCert: { mode: 'sanitize-set', details: ['subject', 'uri', 'dns'] },
    })
    await use(
      proxy(
        'gateway',
        [
          listener(port, [
            chain(handler, { tls: serving(server, { clientCertificate: { mode, verify: rule } }) }),
          ]),
        ],
        [cluster('app', [endpoint(app.port)])],
      ),
    )
    const get = (certificate?: TestCertificate) =>
      ask({
        port,
        ca: authority.authority.certificate,
        servername: 'a.test',
        ...(certificate === undefined ? {} : { cert: certificate.chain, key: certificate.key }),
      })
    return { get, client, stranger, authority, app, port }
  }

  test('required: a good one gets in, none and a foreign one do not', async () => {
    const { get, client, stranger, app } = await mutual()
    expect((await get(client)).status).toBe(200)
    expect(app.seen[0]?.headers['x-forwarded-client-cert']).toBe(
      `Hash=${client.ref.leaf.fingerprint};Subject="CN=client";URI=spiffe://cluster.local/ns/a/sa/b;DNS=client.test`,
    )
    await expect(get()).rejects.toThrow(/certificate required/)
    await expect(
      get(stranger.leaf({ subject: { commonName: 'client' }, dns: ['client.test'] })),
    ).rejects.toThrow()
    expect(app.seen).toHaveLength(1)
  })

  test('required: one that has expired, is not yet valid, or is for servers only does not get in', async () => {
    const { get, authority } = await mutual()
    const now = Date.now()
    await expect(
      get(authority.leaf({ subject: { commonName: 'old' }, now: now - 7_200_000, lifetimeMs: 3_600_000 })),
    ).rejects.toThrow()
    await expect(
      get(authority.leaf({ subject: { commonName: 'young' }, now: now + 3_600_000, backdateMs: 0 })),
    ).rejects.toThrow()
    await expect(
      get(authority.leaf({ subject: { commonName: 'server' }, purposes: ['serverAuth'] })),
    ).rejects.toThrow()
  })

  test('a revocation file with a list of each authority: every list counts', async () => {
    const blobs = new TestBlobs()
    const [one, two] = [new TestAuthority(blobs, 'One'), new TestAuthority(blobs, 'Two')]
    const certificates = [one, two].map((authority) =>
      ['kept', 'revoked'].map((name) => authority.leaf({ subject: { commonName: name } })),
    )
    const now = Date.now()
    const lists = [one, two].map(({ authority }, at) =>
      signCrl(
        {
          revoked: [certificates[at]?.[1]?.ref.leaf.serial ?? ''],
          thisUpdate: now - 1_000,
          nextUpdate: now + 60_000,
          number: 1,
        },
        authority,
      ),
    )
    const trust: TrustRef = {
      name: 'both',
      roots: blobs.put(one.authority.certificate + two.authority.certificate),
      crl: blobs.put(lists.join('')),
      anchors: [...one.trust.anchors, ...two.trust.anchors],
      origin: {},
    }
    const server = one.leaf({ subject: { commonName: 'server' }, dns: ['a.test'] })
    const { port, rejected, log } = await chains(blobs, [
      chain(says('in', { accessLog: 'istio-text' }), {
        tls: serving(server, { clientCertificate: { mode: 'require', verify: { trust } } }),
      }),
    ])
    expect(rejected).toEqual([])
    const get = async ({ chain: cert, key }: TestCertificate): Promise<number> =>
      (await ask({ port, ca: one.authority.certificate, servername: 'a.test', cert, key })).status
    for (const [kept, revoked] of certificates as [TestCertificate, TestCertificate][]) {
      expect(await get(kept)).toBe(200)
      await expect(get(revoked)).rejects.toThrow()
      expect(log.at(-1)?.line).toMatch(/revoked/i)
    }
  })

  test('an intermediate may be the only anchor', async () => {
    const blobs = new TestBlobs()
    const root = new TestAuthority(blobs)
    const below = new TestAuthority(blobs, 'Below', { parent: root })
    const server = root.leaf({ subject: { commonName: 'server' }, dns: ['a.test'] })
    for (const mode of ['require', 'optional'] as const) {
      const { port } = await chains(blobs, [
        chain(says('in'), {
          tls: serving(server, { clientCertificate: { mode, verify: { trust: below.trust } } }),
        }),
      ])
      const get = ({ chain: cert, key }: TestCertificate) =>
        ask({ port, ca: root.authority.certificate, servername: 'a.test', cert, key })
      expect((await get(below.leaf({ subject: { commonName: 'client' } }))).status).toBe(200)
      await expect(get(root.leaf({ subject: { commonName: 'client' } }))).rejects.toThrow()
    }
  })

  test('optional: none gets in, a foreign one does not', async () => {
    const { get, client, stranger, app } = await mutual(undefined, 'optional')
    expect((await get()).status).toBe(200)
    expect(app.seen[0]?.headers['x-forwarded-client-cert']).toBeUndefined()
    expect((await get(client)).status).toBe(200)
    await expect(get(stranger.leaf({ subject: { commonName: 'x' } }))).rejects.toThrow()
  })

  test('requested but not verified: everybody gets in, and is told of', async () => {
    const { get, stranger, app } = await mutual(undefined, 'request-unverified')
    expect((await get()).status).toBe(200)
    const foreign = stranger.leaf({ subject: { commonName: 'x' } })
    expect((await get(foreign)).status).toBe(200)
    expect(app.seen[1]?.headers['x-forwarded-client-cert']).toContain(`Hash=${foreign.ref.leaf.fingerprint}`)
  })

  test.each([
    ['a literal name', { kind: 'literal', value: 'client.test' }, true],
    ['a literal URI', { kind: 'literal', value: 'spiffe://cluster.local/ns/a/sa/b' }, true],
    ['the start of a URI', { kind: 'uri-prefix', value: 'spiffe://cluster.local/' }, true],
    ['a DNS name', { kind: 'dns', value: 'client.test' }, true],
    ['another literal name', { kind: 'literal', value: 'client' }, false],
    ['another trust domain', { kind: 'uri-prefix', value: 'spiffe://other/' }, false],
  ] as const)('names: %s', async (_name, name, good) => {
    const { get, client } = await mutual((rule) => ({
      ...rule,
      names: [{ kind: 'literal', value: 'nobody' }, name],
    }))
    if (good) expect((await get(client)).status).toBe(200)
    else await expect(get(client)).rejects.toThrow()
  })

  test('pins: the hash or the key must be one of those', async () => {
    const spki = (certificate: TestCertificate) => spkiDigest(new X509Certificate(certificate.chain))
    const byHash = await mutual((rule, client) => ({
      ...rule,
      fingerprints: [client.ref.leaf.fingerprint],
      spki: ['x'],
    }))
    expect((await byHash.get(byHash.client)).status).toBe(200)
    const byKey = await mutual((rule, client) => ({ ...rule, fingerprints: ['00'], spki: [spki(client)] }))
    expect((await byKey.get(byKey.client)).status).toBe(200)
    await expect(byKey.get(byKey.authority.leaf({ subject: { commonName: 'other' } }))).rejects.toThrow()
  })

  test('a resumed session is let in only as long as it would be anew', async () => {
    const { port, authority, client } = await mutual()
    const options = { servername: 'a.test', ca: authority.authority.certificate }
    const session = await new Promise<Buffer>((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, ...options, cert: client.chain, key: client.key })
      socket.on('session', (ticket) => {
        resolve(ticket)
        socket.destroy()
      })
      socket.on('error', reject)
    })
    const again = await handshake(port, { ...options, session })
    expect(again.socket.isSessionReused()).toBe(true)
  })
})
