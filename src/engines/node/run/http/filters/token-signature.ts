// Signatures of tokens against public keys: each key is imported once, and what was found good is remembered for a while.
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { PublicJwk } from '../../../../../ir/jwt.ts'
import type { VerifySignature } from '../../../../../ir/token/judge-tokens.ts'

interface Scheme {
  readonly kty: PublicJwk['kty']
  /** Of EC: an algorithm belongs to one curve (RFC 7518 section 3.4). */
  readonly crv?: string
  readonly hash: string | null
  readonly pss?: true
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  RS256: { kty: 'RSA', hash: 'sha256' },
  RS384: { kty: 'RSA', hash: 'sha384' },
  RS512: { kty: 'RSA', hash: 'sha512' },
  PS256: { kty: 'RSA', hash: 'sha256', pss: true },
  PS384: { kty: 'RSA', hash: 'sha384', pss: true },
  PS512: { kty: 'RSA', hash: 'sha512', pss: true },
  ES256: { kty: 'EC', crv: 'P-256', hash: 'sha256' },
  ES384: { kty: 'EC', crv: 'P-384', hash: 'sha384' },
  ES512: { kty: 'EC', crv: 'P-521', hash: 'sha512' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', hash: null },
}

/** Tokens remembered per key, and the longest that is: memory stays bounded whatever clients send. */
const REMEMBERED = 500
const LONGEST = 4_096

interface Imported {
  readonly key: KeyObject | undefined
  readonly good: Set<string>
}

const imported = new WeakMap<PublicJwk, Imported>()

function importKey(jwk: PublicJwk): Imported {
  const known = imported.get(jwk)
  if (known !== undefined) return known
  let key: KeyObject | undefined
  try {
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    // Not a key after all: nothing is signed with it.
  }
  const made = { key, good: new Set<string>() }
  imported.set(jwk, made)
  return made
}

export const verifySignature: VerifySignature = (jwk, alg, signed, signature) => {
  const scheme = SCHEMES[alg]
  const { key, good } = importKey(jwk)
  if (key === undefined || scheme === undefined || scheme.kty !== jwk.kty) return false
  if (scheme.crv !== undefined && scheme.crv !== jwk.crv) return false
  // `signed` names the algorithm itself, in its header.
  const name = `${signed}.${signature}`
  if (good.has(name)) return true
  if (!isGood(scheme, key, signed, signature)) return false
  if (name.length <= LONGEST) {
    const [oldest] = good
    if (good.size >= REMEMBERED && oldest !== undefined) good.delete(oldest)
    good.add(name)
  }
  return true
}

function isGood({ hash, pss }: Scheme, key: KeyObject, signed: string, signature: string): boolean {
  const padding =
    pss === true
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {}
  try {
    const options = { key, dsaEncoding: 'ieee-p1363' as const, ...padding }
    return verify(hash, Buffer.from(signed, 'latin1'), options, Buffer.from(signature, 'latin1'))
  } catch {
    return false
  }
}
