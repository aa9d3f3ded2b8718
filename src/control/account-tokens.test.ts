import { expect, it } from 'vitest'
import type { ApiClient } from '../apiserver/client.ts'
import type { AccountTokenKey } from '../pki/account-tokens.ts'
import type { KubeObject } from '../resources/object.ts'
import { ServiceAccountTokens } from './account-tokens.ts'

/** A key whose tokens are numbers, and an API with an account and a pod of these ids. */
function world() {
  let time = 0
  let issued = 0
  const uids: Record<string, string> = { ServiceAccount: 'account-1', Pod: 'pod-1' }
  const key: AccountTokenKey = {
    issue: async (_, audiences, lifetimeMs) => ({
      token: String(++issued),
      audiences,
      expires: time + lifetimeMs,
    }),
    verify: async (token) =>
      token === 'good'
        ? { namespace: 'a', account: 'b', uid: 'account-1', pod: { name: 'p', uid: 'pod-1' }, id: 'x' }
        : undefined,
  }
  const client = {
    get: async ({ kind }: { kind: string }) =>
      uids[kind] === undefined ? undefined : ({ metadata: { name: 'x', uid: uids[kind] } } as KubeObject),
  } as unknown as ApiClient
  const tokens = new ServiceAccountTokens(key, () => time)
  return { tokens, client, uids, pass: (ms: number) => (time += ms) }
}

const wanted = { namespace: 'a', serviceAccount: 'b', pod: 'p', expirationSeconds: 1000 }

it('keeps the token of a pod until most of its life is over, one for each audience', async () => {
  const { tokens, client, pass, uids } = world()
  await expect(tokens.ofPod(wanted)).rejects.toThrow('no service account a/b yet')
  tokens.use(client)
  const first = await tokens.ofPod(wanted)
  expect(await tokens.ofPod({ ...wanted, audience: 'vault' })).not.toBe(first)
  pass(799_000)
  expect(await tokens.ofPod(wanted)).toBe(first)
  pass(2_000)
  const second = await tokens.ofPod(wanted)
  expect(second).not.toBe(first)
  uids['ServiceAccount'] = 'account-2'
  expect(await tokens.ofPod(wanted)).not.toBe(second)
})

it('believes a token as long as its account and its pod are the ones it was made for', async () => {
  const { tokens, client, uids } = world()
  expect(await tokens.user('good')).toBeUndefined()
  tokens.use(client)
  expect(await tokens.user('bad')).toBeUndefined()
  expect(await tokens.user('good')).toMatchObject({
    name: 'system:serviceaccount:a:b',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:a'],
  })
  uids['Pod'] = 'pod-2'
  expect(await tokens.user('good')).toBeUndefined()
  uids['Pod'] = 'pod-1'
  uids['ServiceAccount'] = 'account-2'
  expect(await tokens.user('good')).toBeUndefined()
})
