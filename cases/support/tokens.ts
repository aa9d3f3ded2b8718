// Keys of token issuers and tokens that a case declares, made when the case is opened: nothing secret is in the repository.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { FetchedKeys } from '../../src/resources/snapshot.ts'
import type { CaseSettings, TokenSettings } from './settings.ts'

interface IssuerKey {
  readonly alg: string
  readonly kid: string | undefined
  readonly key: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

function pairFor(alg: string): { publicKey: KeyObject; privateKey: KeyObject } {
  const namedCurve = CURVES[alg]
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve })
  return alg === 'EdDSA'
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function signed({ alg, kid, key }: IssuerKey, wanted: TokenSettings, now: number): string {
  const seconds = Math.floor(now / 1000)
  const header = { alg, ...((wanted.kid ?? kid) === undefined ? {} : { kid: wanted.kid ?? kid }) }
  const claims = {
    ...wanted.claims,
    exp: seconds + (wanted.expiresIn ?? 3600),
    ...(wanted.validIn === undefined ? {} : { nbf: seconds + wanted.validIn }),
  }
  const text = `${encode(header)}.${encode(claims)}`
  const hash = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`
  const signature = sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

export interface CaseTokens {
  /** `<key>.jwks` in in.yaml; `<token>` in requests. */
  readonly texts: ReadonlyMap<string, string>
  /** As in a snapshot. */
  readonly issuerKeys: ReadonlyMap<string, FetchedKeys>
}

/** Makes keys and tokens as of `now` (ms). */
export function makeTokens(settings: CaseSettings, now: number): CaseTokens {
  const keys = new Map<string, IssuerKey>()
  const texts = new Map<string, string>()
  const setOf = (names: readonly string[]): string =>
    JSON.stringify({ keys: names.map((name) => keys.get(name)?.jwk) })
  for (const [name, { alg = 'ES256', kid = name }] of Object.entries(settings.tokenKeys ?? {})) {
    const { publicKey, privateKey } = pairFor(alg)
    const jwk = { ...publicKey.export({ format: 'jwk' }), alg, ...(kid === null ? {} : { kid }) }
    keys.set(name, { alg, kid: kid ?? undefined, key: privateKey, jwk })
    texts.set(`${name}.jwks`, setOf([name]))
  }
  for (const [name, wanted] of Object.entries(settings.tokens ?? {})) {
    const key = keys.get(wanted.key)
    if (key === undefined) throw new Error(`token ${name}: there is no key ${wanted.key}`)
    texts.set(name, signed(key, wanted, now))
  }
  const served = Object.entries(settings.issuerKeys ?? {}).map(
    ([uri, names]): readonly [string, FetchedKeys] => [
      uri,
      names === null ? { problem: 'connection refused' } : { text: setOf(names) },
    ],
  )
  return { texts, issuerKeys: new Map(served) }
}

/** Puts texts where `${name}` stands. */
export const withTexts = (text: string, texts: ReadonlyMap<string, string>): string =>
  text.replace(/\$\{([\w.-]+)\}/g, (whole, name: string) => texts.get(name) ?? whole)
