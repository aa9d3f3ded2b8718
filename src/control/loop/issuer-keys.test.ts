import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { REQUEST_AUTHENTICATION } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { JwtRule } from '../../resources/request-authentication.ts'
import { kindKey, type Resource, type Snapshot } from '../../resources/snapshot.ts'
import { IssuerKeys } from './issuer-keys.ts'

const keySet = (): string =>
  JSON.stringify({
    keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })],
  })
const objectsOf = (...jwtRules: JwtRule[]): Snapshot['objects'] => {
  const object = {
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: { name: 'a', namespace: 'b' },
    spec: { jwtRules },
  } as KubeObject
  const resource: Resource = { object, origin: () => ({}) }
  return new Map([[kindKey(REQUEST_AUTHENTICATION), new Map([['b/a', resource]])]])
}

const open: IssuerKeys[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

/** Keys from documents that a test may change; `changes` counts what it was told. */
function setUp(documents: Record<string, string>, rest: { refreshMs?: number; retryMs?: number } = {}) {
  const asked: string[] = []
  const state = { changes: 0 }
  const keys = new IssuerKeys({
    fetch: async (uri) => {
      asked.push(uri)
      const text = documents[uri]
      if (text === undefined) throw new Error('connection refused')
      return text
    },
    onChange: () => {
      state.changes++
    },
    ...rest,
  })
  open.push(keys)
  return { keys, asked, state }
}

describe('IssuerKeys', () => {
  it('fetches what is named, once, and tells of it', async () => {
    const text = keySet()
    const { keys, asked, state } = setUp({ 'http://a/k': text })
    const objects = objectsOf({ issuer: 'i', jwksUri: 'http://a/k' }, { issuer: 'j', jwks: text })
    expect(keys.read(objects).size).toBe(0)
    await keys.settled()
    expect([...keys.read(objects)]).toEqual([['http://a/k', { text }]])
    expect(keys.read(objects)).toBe(keys.read(objects))
    keys.read(objectsOf({ issuer: 'i', jwksUri: 'http://a/k' }))
    expect([asked, state.changes]).toEqual([['http://a/k'], 1])
  })

  it('finds the keys of an issuer by its discovery document', async () => {
    const text = keySet()
    const { keys } = setUp({
      'https://i/.well-known/openid-configuration': '{"jwks_uri":"https://k/"}',
      'https://k/': text,
      'https://j/.well-known/openid-configuration': '{}',
    })
    const objects = objectsOf({ issuer: 'https://i/' }, { issuer: 'https://j' }, { issuer: 'name' })
    keys.read(objects)
    await keys.settled()
    expect(Object.fromEntries(keys.read(objects))).toEqual({
      'https://i/.well-known/openid-configuration': { text },
      'https://j/.well-known/openid-configuration': { problem: 'the discovery document names no jwks_uri' },
    })
  })

  it('tries again after a failure, and keeps the last keys while there is one', async () => {
    const documents: Record<string, string> = {}
    const { keys } = setUp(documents, { refreshMs: 1, retryMs: 1 })
    const objects = objectsOf({ issuer: 'i', jwksUri: 'http://a/k' })
    const now = () => keys.read(objects).get('http://a/k')
    keys.read(objects)
    await expect.poll(now).toEqual({ problem: 'connection refused' })
    const text = keySet()
    documents['http://a/k'] = text
    await expect.poll(now).toEqual({ text })
    documents['http://a/k'] = 'rubbish'
    await expect.poll(now).toEqual({ text, problem: 'The key set is no JSON.' })
    delete documents['http://a/k']
    await expect.poll(now).toEqual({ text, problem: 'connection refused' })
    const next = keySet()
    documents['http://a/k'] = next
    await expect.poll(now).toEqual({ text: next })
  })

  it('forgets what is not named any more', async () => {
    const { keys, state } = setUp({ 'http://a/k': keySet() })
    keys.read(objectsOf({ issuer: 'i', jwksUri: 'http://a/k' }))
    expect(keys.read(new Map()).size).toBe(0)
    await keys.settled()
    expect([keys.read(new Map()).size, state.changes]).toEqual([0, 0])
  })

  it('asks for nothing when an object is not what its schema says', () => {
    const { keys, asked } = setUp({})
    keys.read(objectsOf(null as unknown as JwtRule, 5 as unknown as JwtRule))
    expect(asked).toEqual([])
  })
})
