import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAuthority, issueLeaf } from './authority.ts'
import { signCrl } from './crl.ts'
import { digestOf, inspectPem } from './inspect.ts'

const NOW = Date.UTC(2026, 2, 1)
const ca = createAuthority({
  subject: { commonName: 'ca', organizations: ['a, "b"', '#c '] },
  now: NOW,
  lifetimeMs: 1e9,
})
const leaf = issueLeaf(ca, {
  subject: { commonName: 'leaf' },
  dns: ['a.example'],
  ip: ['127.0.0.1', 'fe80::1'],
  uri: ['spiffe://x/y'],
  purposes: ['clientAuth'],
  now: NOW,
  lifetimeMs: 5e8,
})
const inspect = (text: string) => inspectPem(Buffer.from(text)).content

describe('inspectPem', () => {
  it('reads every certificate of a chain, in order', () => {
    const content = inspect(`text before\n${leaf.chain}\r\n${ca.certificate}`)
    expect(content).toMatchObject({
      kind: 'certificates',
      certificates: [
        {
          subject: 'CN=leaf',
          commonName: 'leaf',
          sans: { dns: ['a.example'], ip: ['127.0.0.1', 'fe80::1'], uri: ['spiffe://x/y'], email: [] },
          notBefore: NOW,
          notAfter: NOW + 5e8,
          isCa: false,
          extendedKeyUsage: ['clientAuth'],
        },
        { isCa: true, selfSigned: true, subject: 'CN=ca,O=\\#c\\ ,O=a\\, \\"b\\"' },
      ],
    })
  })

  it('ties a key to its certificate by the public key', () => {
    const key = inspect(leaf.key)
    const chain = inspect(leaf.chain)
    expect(
      key.kind === 'private-key' && chain.kind === 'certificates' && key.spki === chain.certificates[0]?.spki,
    ).toBe(true)
  })

  it('reads keys in other formats, and says that an encrypted one is', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const sec1 = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    expect(inspect(sec1)).toMatchObject({ kind: 'private-key', keyType: 'rsa' })
    for (const type of ['pkcs1', 'pkcs8'] as const) {
      const encrypted = privateKey
        .export({ type, format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
        .toString()
      expect(inspect(encrypted)).toEqual({ kind: 'invalid', problem: 'the private key is encrypted' })
    }
  })

  it('reads CRLs', () => {
    const crl = signCrl({ revoked: ['00ab', '1'], thisUpdate: NOW, nextUpdate: NOW + 1000, number: 300 }, ca)
    expect(inspect(crl)).toEqual({
      kind: 'crl',
      issuers: ['CN=ca,O=\\#c\\ ,O=a\\, \\"b\\"'],
      revoked: ['ab', '01'],
      nextUpdate: NOW + 1000,
    })
  })

  it('says what is wrong with the rest', () => {
    expect(inspect('')).toEqual({ kind: 'empty' })
    expect(inspect(' \n')).toEqual({ kind: 'empty' })
    expect(inspect('hello')).toEqual({ kind: 'invalid', problem: 'not PEM' })
    expect(inspect('0\x82\x01\x0a')).toMatchObject({ problem: expect.stringContaining('DER') })
    expect(inspect(leaf.chain.slice(0, 200))).toEqual({
      kind: 'invalid',
      problem: 'the CERTIFICATE block has no end',
    })
    expect(inspect(leaf.chain.replace('M', '*'))).toEqual({
      kind: 'invalid',
      problem: 'the CERTIFICATE block is not base64',
    })
    expect(inspect('-----BEGIN X-----\nAAAA\n-----END X-----')).toMatchObject({
      problem: expect.stringContaining('it holds X'),
    })
    expect(inspect('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toMatchObject({
      kind: 'invalid',
    })
  })

  it('remembers by content', () => {
    const bytes = Buffer.from(leaf.chain)
    expect(inspectPem(bytes)).toBe(inspectPem(Buffer.from(leaf.chain)))
    expect(inspectPem(bytes).digest).toBe(digestOf(bytes))
  })

  it('agrees with OpenSSL on every public root that Node carries', () => {
    for (const pem of rootCertificates) {
      const x509 = new X509Certificate(pem)
      const content = inspect(pem)
      const found = content.kind === 'certificates' ? content.certificates[0] : undefined
      expect(found).toMatchObject({
        notBefore: Date.parse(x509.validFrom),
        notAfter: Date.parse(x509.validTo),
        fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
        serial: x509.serialNumber.toLowerCase().padStart(2, '0'),
        isCa: true,
        selfSigned: true,
        keyType: x509.publicKey.asymmetricKeyType,
      })
      const last = x509.subject
        .split('\n')
        .at(-1)
        ?.replace(/[,"+<>;]/g, '\\$&')
      expect(found?.subject.split(/(?<!\\),/)[0]).toBe(last)
    }
  })

  it('never throws, whatever becomes of a certificate (property)', () => {
    const der = Buffer.from(leaf.chain.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const edits = fc.array(fc.tuple(fc.nat(der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(edits, (changes) => {
        const changed = Buffer.from(der)
        for (const [at, value] of changes) changed[at] = value
        const pem = `-----BEGIN CERTIFICATE-----\n${changed.toString('base64')}\n-----END CERTIFICATE-----\n`
        expect(['certificates', 'invalid']).toContain(inspect(pem).kind)
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(inspect(`-----BEGIN CERTIFICATE-----${text}`).kind).toBe('invalid')
      }),
    )
  })
})
