import { createPrivateKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CertificateFacts } from '../ir/certificate.ts'
import { createAuthority, issueLeaf } from '../pki/authority.ts'
import { inspectPem } from '../pki/inspect.ts'
import { catalogueOf } from './catalogue.ts'
import { type CertificatePair, readPair } from './certificate-pair.ts'
import { EMPTY_HISTORY, type History, withGeneration, withIssuer } from './history.ts'
import { staleCopy } from './stale-copies.ts'

const now = Date.UTC(2026, 0, 1)
const root = createAuthority({ subject: { commonName: 'root' }, now, lifetimeMs: 1e10 })
const middles = [0, 1].map(() =>
  createAuthority({ subject: { commonName: 'mid' }, now, lifetimeMs: 1e9, parent: root }),
)

/** Two generations of two domains, under two intermediates. */
function pair(domain: string, generation: number): CertificatePair {
  const [middle = root] = middles.slice(generation)
  const made = issueLeaf(middle, { subject: {}, dns: [domain], now, lifetimeMs: 1e8 }, [middle.certificate])
  const found = readPair(made.chain, made.key)
  if (found === undefined) throw new Error('no pair')
  return found
}
const pairs = ['a', 'b'].map((domain) => ({
  domain,
  generations: [pair(domain, 0), pair(domain, 1)] as const,
}))

function factsOf(certificate: string): CertificateFacts {
  const { content } = inspectPem(Buffer.from(certificate))
  if (content.kind !== 'certificates' || content.certificates[0] === undefined)
    throw new Error('no certificate')
  return content.certificates[0]
}

function history(): History {
  let all = EMPTY_HISTORY
  for (const { domain, generations } of pairs)
    for (const { leaf } of generations)
      all = withGeneration(all, domain, {
        fingerprint: leaf.fingerprint,
        spki: leaf.spki,
        root: 'r',
        issued: now,
        notAfter: leaf.notAfter,
      })
  return all
}
const catalogue = catalogueOf(
  history(),
  new Map(pairs.map(({ domain, generations }) => [domain, generations[1]])),
  {
    root: root.certificate,
    intermediate: middles[1]?.certificate ?? '',
  },
)

const foreign = issueLeaf(root, { subject: {}, dns: ['c'], now, lifetimeMs: 1e8 })
const leafOf = ({ chain }: CertificatePair) =>
  `${chain.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`

describe('staleCopy', () => {
  it('says nothing of what is current, foreign or no PEM', () => {
    const values = pairs.flatMap(({ generations: [, current] }) => [current.chain, current.key])
    const others = [foreign.chain, foreign.key, 'text', '', root.certificate, '-----BEGIN CERTIFICATE-----']
    expect(
      staleCopy(
        [...values, ...others].map((text, index) => [String(index), text] as const),
        catalogue,
      ),
    ).toBeUndefined()
  })

  it('replaces each superseded block by what is in force and keeps every other byte (property)', () => {
    const blocks = pairs.flatMap(({ generations: [old, current] }) => [
      [leafOf(old), leafOf(current)],
      [old.key, current.key],
      [leafOf(current), leafOf(current)],
      [current.key, current.key],
    ])
    const piece = fc.oneof(
      fc.constantFrom(...blocks),
      fc
        .constantFrom(foreign.chain, root.certificate, '# a comment\r\n', '\n', 'subject=x\n')
        .map((text) => [text, text]),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, cut) => {
        const join = (which: number) => {
          const text = pieces.map((one) => one[which] ?? '').join('')
          return cut ? text.trimEnd() : text
        }
        const found = staleCopy([['key', join(0)]], catalogue)
        expect(found?.values.get('key') ?? join(0)).toBe(join(1))
        expect(staleCopy([['key', join(1)]], catalogue)).toBeUndefined()
      }),
    )
  })

  it('knows a key in another format by its public key', () => {
    const [{ generations } = { generations: [] }] = pairs
    const sec1 = createPrivateKey(generations[0]?.key ?? '')
      .export({ type: 'sec1', format: 'pem' })
      .toString()
    expect(staleCopy([['k', sec1]], catalogue)?.values.get('k')).toBe(generations[1]?.key)
  })

  it('replaces the intermediate of a whole chain too, when the issuer has a new one', () => {
    const all = middles.reduce((sum, middle) => {
      return withIssuer(sum, factsOf(root.certificate), factsOf(middle.certificate))
    }, history())
    const [{ generations } = { generations: [] }] = pairs
    const [old, current] = generations
    const known = catalogueOf(all, new Map(pairs.map((one) => [one.domain, one.generations[1]])), {
      root: root.certificate,
      intermediate: middles[1]?.certificate ?? '',
    })
    expect(staleCopy([['c', old?.chain ?? '']], known)?.values.get('c')).toBe(current?.chain)
  })
})
