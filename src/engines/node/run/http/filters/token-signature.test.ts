import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { PublicJwk } from '../../../../../ir/jwt.ts'
import { parseToken } from '../../../../../ir/token/parse-token.ts'
import { verifySignature } from './token-signature.ts'

/** Whether our check takes a token of another implementation. */
function takes(jwk: PublicJwk, text: string): boolean {
  const token = parseToken(text)
  if (typeof token === 'string') throw new Error(token)
  return verifySignature(jwk, token.alg, token.signed, token.signature)
}

describe('verifySignature', () => {
  const algorithms = [
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
  ]
  it.each(algorithms)('takes %s of its own key only, again and again', async (alg) => {
    const [own, other] = await Promise.all([generateKeyPair(alg), generateKeyPair(alg)])
    const jwk = (await exportJWK(own.publicKey)) as PublicJwk
    const otherJwk = (await exportJWK(other.publicKey)) as PublicJwk
    const token = await new SignJWT({ sub: 'a' }).setProtectedHeader({ alg }).sign(own.privateKey)
    expect([takes(jwk, token), takes(jwk, token), takes(otherJwk, token)]).toEqual([true, true, false])
    const changed = token.replace(/\.[^.]+\./, `.${btoa('{"sub":"b"}').replaceAll('=', '')}.`)
    expect(takes(jwk, changed)).toBe(false)
  })

  it('takes no algorithm that is not of the kind of key, and no key that is none', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwk = (await exportJWK(publicKey)) as PublicJwk
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    const { signed, signature } = parseToken(token) as Exclude<ReturnType<typeof parseToken>, string>
    for (const alg of ['RS256', 'PS256', 'ES384', 'HS256', 'none', 'EdDSA'])
      expect(verifySignature(jwk, alg, signed, signature)).toBe(false)
    expect(takes({ ...jwk, y: jwk.x ?? '' }, token)).toBe(false)
    expect(takes({ kty: 'EC' }, token)).toBe(false)
  })

  it('takes no signature of another length', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwk = (await exportJWK(publicKey)) as PublicJwk
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    const { signed, signature } = parseToken(token) as Exclude<ReturnType<typeof parseToken>, string>
    for (const other of ['', signature.slice(1), `${signature}\0`])
      expect(verifySignature(jwk, 'ES256', signed, other)).toBe(false)
  })
})
