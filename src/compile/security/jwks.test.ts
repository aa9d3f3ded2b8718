import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseJwks } from './jwks.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
const setOf = (...keys: unknown[]): string => JSON.stringify({ keys })

describe('parseJwks', () => {
  it('reads public keys, and only what verification needs of them', () => {
    const keys = parseJwks(setOf({ ...ec, kid: 'a', use: 'sig', x5c: ['x'] }, { ...rsa, alg: 'PS256' }, ed))
    expect(keys).toEqual([
      { kty: 'EC', kid: 'a', crv: 'P-256', x: ec.x, y: ec.y },
      { kty: 'RSA', alg: 'PS256', n: rsa.n, e: rsa.e },
      { kty: 'OKP', crv: 'Ed25519', x: ed.x },
    ])
  })

  it.each([
    ['symmetric', { kty: 'oct', k: 'AAAA' }],
    ['for encryption', { ...ec, use: 'enc' }],
    ['of an algorithm that is not its own', { ...ec, alg: 'RS256' }],
    ['symmetric by name', { ...rsa, alg: 'HS256' }],
    ['on an unknown curve', { ...ec, crv: 'secp256k1' }],
    ['without a part', { ...ec, y: undefined }],
    ['with something else in a part', { ...rsa, n: 5 }],
    ['named by a number', { ...ec, kid: 5 }],
    ['null', null],
  ])('leaves out a key that is %s', (_, key) => {
    expect(parseJwks(setOf(key, ed))).toHaveLength(1)
    expect(parseJwks(setOf(key))).toMatch('None of the 1 keys')
  })

  it.each(['', 'x', '[]', '{}', '{"keys":{}}', 'null'])('says what is wrong with %j', (text) => {
    expect(parseJwks(text)).toMatch(/^The key set/)
  })
})
