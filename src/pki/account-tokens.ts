// Tokens of service accounts: JWTs (RFC 7519) as kube-apiserver signs them, with a key of the cluster.
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jwtVerify, SignJWT } from 'jose'
import { generateKey, keyPem, spkiDigest, spkiOf } from './key.ts'
import { writeDurably } from './write-durably.ts'

/** Who issues the tokens, and for whom they are when nobody else is named. */
export const API_AUDIENCE = 'https://kubernetes.default.svc.cluster.local'

/** Whom a token speaks for. */
export interface AccountClaims {
  readonly namespace: string
  readonly account: string
  readonly uid: string
  readonly pod?: { readonly name: string; readonly uid: string }
  /** Tells tokens apart. */
  readonly id: string
}

export interface AccountTokenKey {
  /** No audiences: for the API. */
  issue(
    claims: Omit<AccountClaims, 'id'>,
    audiences: readonly string[],
    lifetimeMs: number,
  ): Promise<{ readonly token: string; readonly audiences: readonly string[]; readonly expires: number }>
  /** Whom a token speaks for to the API; undefined when it is not one of ours, not for the API, not yet or no longer good. */
  verify(token: string): Promise<AccountClaims | undefined>
}

/** Opens the key kept in a folder as `account-tokens.pem`, making it on first use. Throws when its file is damaged. */
export async function openAccountTokenKey(options: {
  readonly folder: string
  readonly now?: () => number
}): Promise<AccountTokenKey> {
  const { now = Date.now } = options
  const key = createPrivateKey(await readOrMake(join(options.folder, 'account-tokens.pem')))
  const publicKey = createPublicKey(key)
  const kid = spkiDigest(spkiOf(key))
  return {
    async issue({ namespace, account, uid, pod }, wanted, lifetimeMs) {
      const audiences = wanted.length === 0 ? [API_AUDIENCE] : wanted
      const issued = Math.floor(now() / 1000)
      const expires = issued + Math.floor(lifetimeMs / 1000)
      const facts = { namespace, serviceaccount: { name: account, uid }, ...(pod ? { pod } : {}) }
      const token = await new SignJWT({ 'kubernetes.io': facts })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(API_AUDIENCE)
        .setSubject(`system:serviceaccount:${namespace}:${account}`)
        .setAudience([...audiences])
        .setJti(randomUUID())
        .setIssuedAt(issued)
        .setNotBefore(issued)
        .setExpirationTime(expires)
        .sign(key)
      return { token, audiences, expires: expires * 1000 }
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: ['ES256'],
          issuer: API_AUDIENCE,
          audience: API_AUDIENCE,
          requiredClaims: ['exp', 'jti', 'sub'],
          currentDate: new Date(now()),
        })
        return claimsOf(payload['kubernetes.io'], payload.jti ?? '')
      } catch {
        return undefined
      }
    },
  }
}

async function readOrMake(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    const pem = keyPem(generateKey())
    await writeDurably(file, pem)
    return pem
  }
}

/** What `issue` wrote: the signature says that it was us. */
function claimsOf(facts: unknown, id: string): AccountClaims {
  const { namespace, serviceaccount, pod } = facts as {
    readonly namespace: string
    readonly serviceaccount: { readonly name: string; readonly uid: string }
    readonly pod?: AccountClaims['pod']
  }
  return { namespace, account: serviceaccount.name, uid: serviceaccount.uid, id, ...(pod ? { pod } : {}) }
}
