import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openApiAuthority } from './api-authority.ts'
import { createAuthority, issueLeaf, openAuthority } from './authority.ts'
import { inspectPem } from './inspect.ts'
import { openIssuer } from './issuer.ts'
import { openMeshAuthority } from './mesh-authority.ts'
import { pemBlocks } from './pem.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 2, 1)
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-pki-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const facts = (pem: string) => {
  const { content } = inspectPem(Buffer.from(pem))
  if (content.kind !== 'certificates') throw new Error(content.kind)
  return content.certificates
}
const certificates = (pem: string) => pemBlocks(pem).blocks.map(({ der }) => new X509Certificate(der))

describe('openAuthority', () => {
  const request = { subject: { commonName: 'ca' }, now: NOW, lifetimeMs: 100 * DAY, renewBeforeMs: 10 * DAY }

  it('keeps key and certificate in one private file and finds them again', async () => {
    const file = join(folder, 'deep', 'ca.pem')
    const first = await openAuthority(file, request)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'deep'))).toEqual(['ca.pem'])
    const second = await openAuthority(file, request)
    expect(second.certificate).toBe(first.certificate)
    const leaf = issueLeaf(second, { subject: {}, dns: ['a.b'], now: NOW, lifetimeMs: DAY })
    expect(certificates(leaf.chain)[0]?.verify(new X509Certificate(first.certificate).publicKey)).toBe(true)
  })

  it('replaces one that is about to expire and keeps the old file', async () => {
    const file = join(folder, 'ca.pem')
    const first = await openAuthority(file, request)
    const second = await openAuthority(file, { ...request, now: NOW + 91 * DAY })
    expect(second.certificate).not.toBe(first.certificate)
    expect(await readFile(`${file}.retired`, 'utf8')).toContain(first.certificate)
  })

  it('never replaces one that it cannot read', async () => {
    const file = join(folder, 'ca.pem')
    const made = await openAuthority(file, request)
    const other = createAuthority(request)
    const text = await readFile(file, 'utf8')
    const damaged = ['', 'nonsense', text.slice(0, 300), text.replace(made.certificate, other.certificate)]
    for (const content of damaged) {
      await writeFile(file, content)
      await expect(openAuthority(file, request)).rejects.toThrow(
        `${file} cannot be used as a certificate authority`,
      )
      expect(await readFile(file, 'utf8')).toBe(content)
    }
  })
})

describe('openIssuer', () => {
  it('issues leaf and intermediate below a root, for base and wildcard', async () => {
    const issuer = await openIssuer({ folder, now: () => NOW })
    const { chain, key, notAfter } = await issuer.issue(['d.example', '*.d.example'])
    const [leaf, intermediate, ...more] = facts(chain)
    expect(more).toEqual([])
    expect(leaf).toMatchObject({
      subject: 'CN=d.example',
      issuer: 'CN=Sallyport Issuer E1,O=Sallyport',
      sans: { dns: ['d.example', '*.d.example'] },
      extendedKeyUsage: ['serverAuth', 'clientAuth'],
      isCa: false,
      notAfter: NOW + 90 * DAY,
      keyType: 'ec',
    })
    expect(notAfter).toBe(NOW + 90 * DAY)
    expect(intermediate).toMatchObject({
      isCa: true,
      selfSigned: false,
      issuer: 'CN=Sallyport Issuer Root X1,O=Sallyport',
    })
    expect(facts(issuer.root)[0]).toMatchObject({
      isCa: true,
      selfSigned: true,
      commonName: 'Sallyport Issuer Root X1',
    })
    expect(leaf?.authorityKeyId).toBe(intermediate?.subjectKeyId)
    expect(inspectPem(Buffer.from(key)).content).toMatchObject({ kind: 'private-key', spki: leaf?.spki })
  })

  it('leaves clientAuth out in the profile of 2026', async () => {
    const issuer = await openIssuer({ folder, profile: '2026' })
    expect(facts((await issuer.issue(['d.example'])).chain)[0]?.extendedKeyUsage).toEqual(['serverAuth'])
  })

  it('puts a name of over 64 characters into the SANs only', async () => {
    const long = `${'a'.repeat(60)}.example.org`
    const issuer = await openIssuer({ folder })
    const [leaf] = facts((await issuer.issue([long])).chain)
    expect([leaf?.subject, leaf?.commonName, leaf?.sans.dns]).toEqual(['', undefined, [long]])
  })

  it('takes a new intermediate before the old one would outlive it, keeping the root', async () => {
    let now = NOW
    const issuer = await openIssuer({ folder, now: () => now })
    const before = issuer.intermediate()
    now += 5 * 365 * DAY - 80 * DAY
    const { chain } = await issuer.issue(['d.example'])
    expect(issuer.intermediate()).not.toBe(before)
    const [leaf, intermediate] = certificates(chain)
    expect(leaf?.verify((intermediate as X509Certificate).publicKey)).toBe(true)
    expect(intermediate?.verify(new X509Certificate(issuer.root).publicKey)).toBe(true)
  })

  it('refuses a lifetime that makes no sense', async () => {
    for (const lifetimeMs of [0, 10, Number.NaN, 4000 * DAY])
      await expect(openIssuer({ folder, lifetimeMs })).rejects.toThrow(RangeError)
  })
})

describe('the other authorities', () => {
  it('the mesh CA issues SPIFFE identities', async () => {
    const mesh = await openMeshAuthority({ folder, now: () => NOW })
    const id = mesh.identity('httptools', 'httpbin')
    expect(id).toBe('spiffe://cluster.local/ns/httptools/sa/httpbin')
    expect(facts(mesh.issue(id).chain)).toMatchObject([
      {
        subject: '',
        sans: { uri: [id], dns: [] },
        notBefore: NOW - 120_000,
        notAfter: NOW + DAY,
        extendedKeyUsage: ['serverAuth', 'clientAuth'],
      },
    ])
  })

  it('the API CA issues server and client certificates', async () => {
    const api = await openApiAuthority({ folder })
    const server = facts(api.issueServer({ dns: ['kubernetes'], ip: ['127.7.0.1', '::1'] }).chain)
    expect(server).toMatchObject([
      { sans: { dns: ['kubernetes'], ip: ['127.7.0.1', '::1'] }, extendedKeyUsage: ['serverAuth'] },
    ])
    const client = facts(api.issueClient('admin', ['system:masters', 'dev']).chain)
    expect(client).toMatchObject([
      { subject: 'CN=admin,O=dev,O=system:masters', extendedKeyUsage: ['clientAuth'] },
    ])
  })
})
