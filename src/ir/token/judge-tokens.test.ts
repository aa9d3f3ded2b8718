// The texts are those of Envoy 1.40 for the same tokens.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JwtProvider } from '../jwt.ts'
import { judgeTokens, type TokenVerdict } from './judge-tokens.ts'
import { parseToken } from './parse-token.ts'

const NOW = 1_800_000_000
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: unknown, header: unknown = { alg: 'ES256', kid: 'k' }, signature = 'good'): string =>
  `${encode(header)}.${encode(claims)}.${Buffer.from(signature).toString('base64url')}`
const provider = (issuer: string, rest: Partial<JwtProvider> = {}): JwtProvider => ({
  issuer,
  audiences: [],
  keys: [{ kty: 'EC', kid: 'k', alg: 'ES256' }],
  places: {
    headers: [{ name: 'authorization', prefix: 'Bearer ' }],
    parameters: ['access_token'],
    cookies: [],
  },
  forward: false,
  claimHeaders: [],
  wordLists: ['scope'],
  origin: {},
  ...rest,
})

function judge(
  headers: Readonly<Record<string, string>>,
  providers: readonly JwtProvider[] = [provider('i')],
  query = '',
): TokenVerdict {
  const verify = (_: unknown, __: string, ___: string, signature: string) => signature === 'good'
  return judgeTokens(providers, { header: (name) => headers[name], query }, { now: NOW * 1000, verify })
}
const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const refusal = (verdict: TokenVerdict): unknown =>
  verdict.refusal && Object.values(verdict.refusal).join(' ')

describe('judgeTokens', () => {
  it.each<[string, string]>([
    ['abc', '401 Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'],
    ['a.b.c.d', '401 Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'],
    [
      `${encode({ alg: 'none' })}.${encode({})}.`,
      '401 Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
    ],
    ['a.b.c', '401 Jwt header is an invalid Base64url encoded'],
    ['abc.def.ghi', '401 Jwt header is an invalid JSON'],
    [token({}, {}), '401 Jwt header [alg] field is required and must be a string'],
    [token({}, { alg: 5 }), '401 Jwt header [alg] field is required and must be a string'],
    [token({}, { alg: 'none' }), '401 Jwt header [alg] is not supported'],
    [token({}, { alg: 'ES256', kid: 5 }), '401 Jwt header [kid] field is not a string'],
    [`${encode({ alg: 'ES256' })}.a.cc`, '401 Jwt payload is an invalid Base64url encoded'],
    [token([]), '401 Jwt payload is an invalid JSON'],
    [token({ iss: 5 }), '401 Jwt payload [iss] field is not a string'],
    [token({ iss: 'i', sub: 5 }), '401 Jwt payload [sub] field is not a string'],
    [token({ iss: 'i', exp: '5' }), '401 Jwt payload [exp] field is not an integer'],
    [token({ iss: 'i', exp: -5 }), '401 Jwt payload [exp] field is not a positive 64 bit integer'],
    [token({ iss: 'i', aud: 5 }), '401 Jwt payload [aud] field is not a string or string list'],
    [`${token({ iss: 'i' })},more`, '401 Jwt signature is an invalid Base64url encoded'],
    [token({ iss: 'other' }), '401 Jwt issuer is not configured'],
    [token({}), '401 Jwt issuer is not configured'],
    [token({ iss: 'i', exp: NOW - 61 }), '401 Jwt is expired'],
    [token({ iss: 'i', nbf: NOW + 61 }), '401 Jwt not yet valid'],
    [
      token({ iss: 'i' }, { alg: 'ES256', kid: 'x' }),
      "401 Jwks doesn't have key to match kid or alg from Jwt",
    ],
    [
      token({ iss: 'i' }, { alg: 'HS256', kid: 'k' }),
      "401 Jwks doesn't have key to match kid or alg from Jwt",
    ],
    [token({ iss: 'i' }, { alg: 'ES256' }, 'bad'), '401 Jwt verification fails'],
  ])('refuses %s: %s', (text, expected) => {
    expect(refusal(judge(bearer(text)))).toBe(expected)
  })

  it('takes what is a little early or late, and a token without dates', () => {
    for (const claims of [{ exp: NOW - 60 }, { nbf: NOW + 60 }, {}, { exp: 0 }, { exp: NOW + 0.5 }])
      expect(judge(bearer(token({ iss: 'i', ...claims }))).claims).toBeDefined()
  })

  it('lets a request without a token pass, without what only tokens may say', () => {
    const writes = provider('i', { payloadHeader: 'x-p', claimHeaders: [{ header: 'x-s', claim: 'sub' }] })
    expect(judge({ authorization: 'Basic x' }, [writes])).toEqual({
      edits: [
        { kind: 'remove-header', name: 'x-p' },
        { kind: 'remove-header', name: 'x-s' },
      ],
    })
  })

  it('compares audiences without scheme and final slash', () => {
    const for403 = [provider('i', { audiences: ['https://api/', 'svc'] })]
    for (const aud of ['svc', 'http://api', ['x', 'svc/']])
      expect(judge(bearer(token({ iss: 'i', aud })), for403).refusal).toBeUndefined()
    for (const aud of ['other', [], undefined])
      expect(refusal(judge(bearer(token({ iss: 'i', aud })), for403))).toBe(
        '403 Audiences in Jwt are not allowed',
      )
  })

  it('writes claims as Envoy does', () => {
    const claims = {
      iss: 'i',
      n: 5,
      big: 1e19,
      f: 1.5,
      t: true,
      list: ['q', 3],
      o: { c: 'v' },
      u: 'ü',
      none: null,
      e: '',
    }
    const claimHeaders = [...Object.keys(claims), 'o.c', 'o.d', 'n.x'].map((claim) => ({
      header: `x-${claim}`,
      claim,
    }))
    const { edits } = judge(bearer(token(claims)), [provider('i', { claimHeaders, forward: true })])
    const written = edits.flatMap((edit) => ('value' in edit ? [[edit.name, edit.value]] : []))
    expect(Object.fromEntries(written)).toEqual({
      'x-iss': 'i',
      'x-n': '5',
      'x-big': '10000000000000000000',
      'x-f': '1.500000',
      'x-t': 'true',
      'x-list': btoa('["q",3]'),
      'x-o': btoa('{"c":"v"}'),
      'x-u': '\u00c3\u00bc',
      'x-o.c': 'v',
    })
  })

  it('asks providers in turn: one that accepts suffices, and the reason is of one that knows the issuer', () => {
    const a = provider('a', {
      places: { headers: [{ name: 'x-a', prefix: '' }], parameters: [], cookies: [] },
    })
    const b = provider('b', {
      places: { headers: [{ name: 'x-b', prefix: '' }], parameters: [], cookies: [] },
    })
    const goodA = token({ iss: 'a', sub: 'of a' })
    const goodB = token({ iss: 'b', sub: 'of b' })
    expect(judge({ 'x-a': goodA, 'x-b': 'zz' }, [a, b]).claims?.['sub']).toBe('of a')
    expect(judge({ 'x-a': 'zz', 'x-b': goodB }, [a, b]).claims?.['sub']).toBe('of b')
    expect(refusal(judge({ 'x-a': goodB }, [a, b]))).toBe('401 Jwt issuer is not configured')
    expect(refusal(judge({ 'x-a': goodB, 'x-b': 'zz' }, [a, b]))).toMatch('form of Header')
    const both = [provider('a'), provider('b')]
    expect(refusal(judge(bearer(token({ iss: 'b', exp: 5 })), both))).toBe('401 Jwt is expired')
  })

  it('takes away a token from where it stood, unless it is forwarded; every token must be good', () => {
    const good = token({ iss: 'i' })
    const two = judge(bearer(good), undefined, `a=1&access_token=${good}`)
    expect(two.edits).toEqual([
      { kind: 'remove-header', name: 'authorization' },
      { kind: 'remove-parameter', name: 'access_token' },
    ])
    expect(judge(bearer(good), [provider('i', { forward: true })]).edits).toEqual([])
    expect(judge(bearer(good), undefined, 'access_token=').refusal?.status).toBe(401)
  })

  it('makes lists of words', () => {
    expect(judge(bearer(token({ iss: 'i', scope: 'r  w' }))).claims).toEqual({ iss: 'i', scope: ['r', 'w'] })
  })
})

describe('parseToken', () => {
  it('never throws, and takes nothing that has not three parts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseToken(text)
        expect(typeof parsed === 'string' || text.split('.').length === 3).toBe(true)
      }),
    )
    const part = fc.oneof(fc.jsonValue().map(encode), fc.base64String())
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        expect(['string', 'object']).toContain(typeof parseToken(`${a}.${b}.${c}`))
      }),
    )
  })
})
