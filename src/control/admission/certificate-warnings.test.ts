import { describe, expect, it } from 'vitest'
import { createAuthority, issueLeaf } from '../../pki/authority.ts'
import { warningsOf } from './certificate-warnings.ts'

const NOW = Date.parse('2026-06-01T00:00:00Z')
const HOUR = 3_600_000
const authority = createAuthority({
  subject: { commonName: 'root' },
  now: NOW,
  lifetimeMs: 100 * HOUR,
  backdateMs: 100 * HOUR,
})
const issue = (from: number, lifetimeMs: number) =>
  issueLeaf(authority, {
    subject: { commonName: 'leaf' },
    dns: ['a.example'],
    purposes: ['serverAuth'],
    now: from,
    lifetimeMs,
  })
const secret = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
})

describe('certificateWarnings', () => {
  const good = issue(NOW - HOUR, 2 * HOUR)
  const other = issue(NOW - HOUR, 2 * HOUR)
  it.each([
    ['nothing to say', { 'tls.crt': good.chain, 'tls.key': good.key, 'ca.crt': authority.certificate }, []],
    [
      'another key',
      { 'tls.crt': good.chain, 'tls.key': other.key },
      ['data.tls.key is not the private key of the certificate in data.tls.crt'],
    ],
    [
      'expired',
      { 'client.crt': issue(NOW - 3 * HOUR, HOUR).chain },
      ['data.client.crt: CN=leaf has expired on 2026-05-31T22:00:00.000Z'],
    ],
    [
      'not yet valid',
      { 'ca.crt': issue(NOW + HOUR, HOUR).chain },
      ['data.ca.crt: CN=leaf is not valid before 2026-06-01T01:00:00.000Z'],
    ],
    [
      'no key',
      { 'tls.crt': good.chain, 'tls.key': good.chain },
      ['data.tls.key holds no private key in PEM'],
    ],
    ['unrelated data', { password: 'x' }, []],
  ])('%s', (_, data, warnings) => {
    expect(warningsOf(secret(data as Record<string, string>), NOW)).toEqual(warnings)
  })

  it('says what is no PEM', () => {
    expect(warningsOf(secret({ 'tls.crt': 'nonsense' }), NOW)).toHaveLength(1)
  })
})
