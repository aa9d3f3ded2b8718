import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Zones } from '../dns/zones.ts'
import { type Issuer, openIssuer } from '../pki/issuer.ts'
import { type IssuerSite, startIssuerSite } from './issuer-site.ts'

let folder: string
let issuer: Issuer
let site: IssuerSite
let port: number
let time = Date.now()
const zones = new Zones()

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port: free } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return free
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-site-'))
  issuer = await openIssuer({ folder, now: () => time })
  port = await freePort()
  site = await startIssuerSite({
    issuer,
    zones,
    locate: () => ({ host: '127.0.0.1', port }),
    address: '127.7.0.80',
    server: undefined,
    now: () => time,
  })
})
afterAll(async () => {
  await site.close()
  await rm(folder, { recursive: true })
  expect(zones.addresses('letsencrypt.org')).toBeUndefined()
})

async function fetchSite(path: string, method = 'GET', trusted = true) {
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    servername: 'letsencrypt.org',
    agent: false,
    ...(trusted ? { ca: issuer.root } : { rejectUnauthorized: false }),
  })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const serial = (answer.socket as TLSSocket).getPeerCertificate().serialNumber
  return { status: answer.statusCode, type: answer.headers['content-type'], body: await text(answer), serial }
}

describe('the issuer site', () => {
  it('is at letsencrypt.org', () => {
    expect(zones.addresses('letsencrypt.org')).toEqual(['127.7.0.80'])
    expect(zones.addresses('www.letsencrypt.org')).toEqual(['127.7.0.80'])
  })

  it('gives the root under the names of the article and of later guides', async () => {
    for (const name of [
      'trustid-x3-root.pem',
      'trustid-x3-root.pem.txt',
      'isrgrootx1.pem',
      'isrgrootx1.pem.txt',
    ])
      expect(await fetchSite(`/certs/${name}`)).toMatchObject({ status: 200, body: issuer.root })
    expect(await fetchSite('/certs/lets-encrypt-x3-cross-signed.pem?x')).toMatchObject({
      status: 200,
      body: issuer.intermediate(),
    })
    expect((await fetchSite('/certs/isrgrootx1.der')).type).toBe('application/pkix-cert')
    expect(await fetchSite('/certs/isrgrootx1.pem', 'HEAD')).toMatchObject({ status: 200, body: '' })
  })

  it('has nothing else', async () => {
    expect(await fetchSite('/')).toMatchObject({
      status: 404,
      body: expect.stringContaining('/certs/isrgrootx1.pem'),
    })
    expect((await fetchSite('/certs/../certs/other.pem')).status).toBe(404)
    expect((await fetchSite('/certs/isrgrootx1.pem', 'POST')).status).toBe(405)
  })

  it('renews its own certificate when half of its life is over', async () => {
    const before = await fetchSite('/certs/isrgrootx1.pem')
    expect((await fetchSite('/')).serial).toBe(before.serial)
    time += 46 * 86_400_000
    // The clock of the client stays: what it would refuse is not the matter here.
    expect((await fetchSite('/', 'GET', false)).serial).not.toBe(before.serial)
  })
})
