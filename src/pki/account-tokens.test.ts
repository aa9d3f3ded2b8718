import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccountTokenKey, API_AUDIENCE, openAccountTokenKey } from './account-tokens.ts'

const claims = { namespace: 'team', account: 'robot', uid: 'u1', pod: { name: 'p', uid: 'p1' } }
const folder = mkdtempSync(join(tmpdir(), 'sallyport-tokens-'))
afterAll(() => rmSync(folder, { recursive: true }))
let time = Date.UTC(2026, 0, 1)
let key: AccountTokenKey
beforeAll(async () => {
  key = await openAccountTokenKey({ folder, now: () => time })
})

describe('a token of a service account', () => {
  it('says what Kubernetes’ tokens say, and is believed by whoever opens the key again', async () => {
    const { token, expires, audiences } = await key.issue(claims, [], 3_600_000)
    expect(decodeJwt(token)).toMatchObject({
      iss: API_AUDIENCE,
      aud: [API_AUDIENCE],
      sub: 'system:serviceaccount:team:robot',
      'kubernetes.io': {
        namespace: 'team',
        serviceaccount: { name: 'robot', uid: 'u1' },
        pod: { name: 'p' },
      },
    })
    expect([expires, audiences]).toEqual([time + 3_600_000, [API_AUDIENCE]])
    const again = await openAccountTokenKey({ folder, now: () => time })
    expect(await again.verify(token)).toMatchObject(claims)
  })

  it('is not believed when it is over, for somebody else, of another cluster, changed or unsigned', async () => {
    const { token } = await key.issue(claims, [], 3_600_000)
    const foreign = await key.issue(claims, ['vault'], 3_600_000)
    expect(await key.verify(foreign.token)).toBeUndefined()
    const other = mkdtempSync(join(tmpdir(), 'sallyport-tokens-'))
    const stranger = await openAccountTokenKey({ folder: other, now: () => time })
    rmSync(other, { recursive: true })
    expect(await stranger.verify(token)).toBeUndefined()
    expect(await key.verify(`${token.slice(0, -4)}AAAA`)).toBeUndefined()
    const payload = decodeJwt(token)
    expect(await key.verify(new UnsecuredJWT(payload).encode())).toBeUndefined()
    const hmac = await new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32))
    expect(await key.verify(hmac)).toBeUndefined()
    expect(await key.verify('nonsense')).toBeUndefined()
    time += 3_601_000
    expect(await key.verify(token)).toBeUndefined()
    time -= 3_601_000
  })
})
