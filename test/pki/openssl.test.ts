// What our authorities make, judged by the openssl command and by a TLS handshake with it.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority, issueLeaf } from '../../src/pki/authority.ts'
import { signCrl } from '../../src/pki/crl.ts'
import { inspectPem } from '../../src/pki/inspect.ts'
import { openIssuer } from '../../src/pki/issuer.ts'
import { openMeshAuthority } from '../../src/pki/mesh-authority.ts'
import { pemBlocks } from '../../src/pki/pem.ts'

const run = promisify(execFile)
const version = await run('openssl', ['version']).then(
  ({ stdout }) => stdout,
  () => undefined,
)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-openssl-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const file = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}
const openssl = (...args: string[]) =>
  run('openssl', args).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => `failed: ${error.stdout}${error.stderr}`,
  )

describe.skipIf(version === undefined)('openssl', () => {
  it('verifies an issued chain strictly, for server and client', async () => {
    const issuer = await openIssuer({ folder })
    const { chain, key } = await issuer.issue(['d.example', '*.d.example'])
    const root = await file('root.pem', issuer.root)
    const leaf = await file('leaf.pem', chain)
    const above = await file('above.pem', issuer.intermediate())
    for (const purpose of ['sslserver', 'sslclient'])
      expect(
        await openssl(
          'verify',
          '-x509_strict',
          '-purpose',
          purpose,
          '-verify_hostname',
          'a.d.example',
          '-CAfile',
          root,
          '-untrusted',
          above,
          leaf,
        ),
      ).toContain('leaf.pem: OK')
    const fromKey = await openssl('pkey', '-in', await file('key.pem', key), '-pubout')
    expect(await openssl('x509', '-in', leaf, '-noout', '-pubkey')).toBe(fromKey)
  })

  it('refuses a leaf of the profile of 2026 as a client', async () => {
    const issuer = await openIssuer({ folder, profile: '2026' })
    const { chain } = await issuer.issue(['d.example'])
    const args = [
      '-CAfile',
      await file('r.pem', issuer.root),
      '-untrusted',
      await file('a.pem', issuer.intermediate()),
      await file('l.pem', chain),
    ]
    expect(await openssl('verify', '-purpose', 'sslserver', ...args)).toContain('OK')
    expect(await openssl('verify', '-purpose', 'sslclient', ...args)).toMatch(
      /failed: .*(unsupported|unsuitable) certificate purpose/s,
    )
  })

  it('reads a SPIFFE identity with an empty subject', async () => {
    const mesh = await openMeshAuthority({ folder })
    const leaf = await file('svid.pem', mesh.issue('spiffe://cluster.local/ns/a/sa/b').chain)
    expect(
      await openssl('verify', '-x509_strict', '-CAfile', await file('mesh.pem', mesh.root), leaf),
    ).toContain('OK')
    const text = await openssl('x509', '-in', leaf, '-noout', '-ext', 'subjectAltName')
    expect(text).toMatch(/Subject Alternative Name: critical\s+URI:spiffe:\/\/cluster.local\/ns\/a\/sa\/b/)
  })

  it('honours a revocation list', async () => {
    const now = Date.now()
    const ca = createAuthority({ subject: { commonName: 'own ca' }, now, lifetimeMs: 1e8, backdateMs: 1e6 })
    const { chain } = issueLeaf(ca, { subject: { commonName: 'x' }, now, lifetimeMs: 1e7, backdateMs: 1e5 })
    const { content } = inspectPem(Buffer.from(chain))
    const serial = content.kind === 'certificates' ? (content.certificates[0]?.serial ?? '') : ''
    const check = async (revoked: string[]) => {
      const crl = signCrl({ revoked, thisUpdate: now - 1000, nextUpdate: now + 1e6, number: 1 }, ca)
      const args = [
        '-CRLfile',
        await file('crl.pem', crl),
        '-CAfile',
        await file('ca.pem', ca.certificate),
        await file('x.pem', chain),
      ]
      return openssl('verify', '-x509_strict', '-crl_check', ...args)
    }
    expect(await check(['0102'])).toContain('OK')
    expect(await check(['0102', serial])).toContain('certificate revoked')
  })

  it('names subjects as we do', async () => {
    const ca = createAuthority({
      subject: { commonName: ' Größe #1', organizations: ['a, "b" + <c>; \\d', '#e '] },
      now: Date.now(),
      lifetimeMs: 1e8,
    })
    const { content } = inspectPem(Buffer.from(ca.certificate))
    const ours = content.kind === 'certificates' ? content.certificates[0]?.subject : ''
    const theirs = await openssl(
      'x509',
      '-in',
      await file('n.pem', ca.certificate),
      '-noout',
      '-subject',
      '-nameopt',
      'RFC2253,-esc_msb,utf8',
    )
    expect(`subject=${ours}`).toBe(theirs.trimEnd())
    expect(pemBlocks(ca.certificate).blocks).toHaveLength(1)
  })
})
