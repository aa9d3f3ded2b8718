import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClient } from '../../cluster/testing/fake-client.ts'
import type { CompileResult } from '../../compile/result.ts'
import type { Engine, Update } from '../../engines/engine.ts'
import type { Proxy } from '../../ir/proxy.ts'
import { PemStore } from '../../pki/blob-store.ts'
import { openMeshAuthority } from '../../pki/mesh-authority.ts'
import { POD, SECRET } from '../../resources/kinds.ts'
import { PROXY_ANNOTATION } from '../../resources/pod.ts'
import { defaultPlatform, kindKey, type Snapshot } from '../../resources/snapshot.ts'
import { watchObjects } from '../../sources/embedded/watch-objects.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { type Loop, type LoopState, startLoop } from './loop.ts'
import { MeshIdentityKeeper } from './mesh-identities.ts'
import { PemIndexes } from './pem-indexes.ts'

const DAY = 86_400_000
let folder: string
const closers: (() => void)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-loop-'))
})
afterEach(() => {
  for (const close of closers.splice(0)) close()
  rmSync(folder, { recursive: true, force: true })
})

/** A loop over a fake API with a compiler and an engine that only remember. */
async function setUp(compile: (snapshot: Snapshot) => Partial<CompileResult> = () => ({})) {
  const api = new FakeClient()
  const blobs = new PemStore()
  const time = { now: Date.now() }
  const authority = await openMeshAuthority({ folder, now: () => time.now })
  const identities = new MeshIdentityKeeper(authority, blobs)
  const snapshots: Snapshot[] = []
  const updates: Update[] = []
  const statuses: unknown[] = []
  const failures: LoopState[] = []
  const engine: Engine = {
    name: 'node',
    apply: async (update) => {
      updates.push(update)
      return { version: update.version, rejected: [] }
    },
    status: () => ({ version: updates.length, proxies: [] }),
    metrics: async () => '',
    close: async () => undefined,
  }
  let loop: Loop | undefined
  const objects = await watchObjects(api, () => loop?.poke())
  loop = startLoop({
    objects: () => objects.objects(),
    compiler: {
      runs: () => new Map(),
      compile: (snapshot) => {
        snapshots.push(snapshot)
        return { model: { proxies: [] }, status: [], diagnostics: [], ...compile(snapshot) }
      },
    },
    engine,
    blobs,
    pem: new PemIndexes(blobs),
    identities,
    issuerKeys: new IssuerKeys({ fetch: () => Promise.reject(new Error('no network')) }),
    status: {
      write: (status) => statuses.push(status),
      settled: async () => undefined,
      close: () => undefined,
    },
    platform: defaultPlatform,
    clock: () => time.now,
    onApplied: () => undefined,
    onFailed: (state) => failures.push(state),
  })
  closers.push(
    () => loop?.close(),
    () => objects.close(),
  )
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  await loop.settled()
  return { api, loop, snapshots, updates, statuses, failures, blobs, time, authority }
}

const secret = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  data,
})
const pod = (name: string, account: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', annotations: { [PROXY_ANNOTATION]: 'gateway' } },
  spec: { serviceAccountName: account },
})

describe('the loop', () => {
  it('takes a burst of changes in one pass, and keeps what did not change', async () => {
    const { api, loop, snapshots } = await setUp()
    await api.create(secret('a', {}))
    await loop.settled()
    const before = snapshots.length
    await Promise.all(['b', 'c', 'd'].map((name) => api.create(secret(name, {}))))
    await loop.settled()
    expect(snapshots.length - before).toBeLessThanOrEqual(2)
    const [old, now] = [snapshots.at(before - 1), snapshots.at(-1)]
    const key = kindKey(SECRET)
    expect(now?.objects.get(key)?.size).toBe(4)
    expect(now?.objects.get(key)?.get('shop/a')).toBe(old?.objects.get(key)?.get('shop/a'))
    expect(now?.objects.get(kindKey(POD))).toBe(old?.objects.get(kindKey(POD)))
  })

  it('keeps the last good model when compile throws, says so, and goes on', async () => {
    let broken = false
    const proxy = { id: 'alb/x' } as Proxy
    const { api, loop, updates, statuses, failures } = await setUp(() => {
      if (broken) throw new Error('a bug')
      return { model: { proxies: [proxy] } }
    })
    const [applied, written] = [updates.length, statuses.length]
    broken = true
    await api.create(secret('a', {}))
    await loop.settled()
    expect(updates).toHaveLength(applied)
    expect(statuses).toHaveLength(written)
    expect(loop.state().model.proxies).toEqual([proxy])
    expect(failures[0]?.diagnostics[0]).toMatchObject({ code: 'SP0804' })
    broken = false
    await api.create(secret('b', {}))
    await loop.settled()
    expect(loop.state().diagnostics).toEqual([])
  })

  it('brings the facts of PEM values along, and holds their bytes while a model may need them', async () => {
    const { api, loop, snapshots, blobs, authority } = await setUp()
    const base = blobs.size
    const chain = Buffer.from(authority.issue('spiffe://x').chain)
    await api.create(secret('tls', { 'tls.crt': chain.toString('base64'), other: 'AAAA' }))
    await loop.settled()
    const facts = snapshots.at(-1)?.pem.get('Secret shop/tls')
    expect(facts?.get('tls.crt')?.content.kind).toBe('certificates')
    expect(facts?.get('other')?.content.kind).toBe('invalid')
    expect(blobs.get(facts?.get('tls.crt')?.digest ?? '')).toEqual(chain)
    await api.create(secret('unrelated', {}))
    await loop.settled()
    expect(snapshots.at(-1)?.pem.get('Secret shop/tls')).toBe(facts)
    await api.delete(SECRET, 'tls', 'shop')
    await loop.settled()
    expect(snapshots.at(-1)?.pem.has('Secret shop/tls')).toBe(false)
    expect(blobs.size).toBe(base)
  })

  it('gives every proxy an identity, and a new certificate at half of its life', async () => {
    const { api, loop, snapshots, blobs, time } = await setUp()
    await api.create(pod('gw-1', 'gateway'))
    await api.create(pod('gw-2', 'gateway'))
    await api.create(pod('plain', ''))
    await loop.settled()
    const first = snapshots.at(-1)?.identities
    expect([...(first?.certificates.keys() ?? [])].sort()).toEqual([
      'spiffe://cluster.local/ns/shop/sa/default',
      'spiffe://cluster.local/ns/shop/sa/gateway',
    ])
    const held = blobs.size
    time.now += DAY / 2 - 60_000
    await api.create(secret('a', {}))
    await loop.settled()
    expect(snapshots.at(-1)?.identities).toBe(first)
    time.now += 61_000
    await api.create(secret('b', {}))
    await loop.settled()
    const second = snapshots.at(-1)?.identities
    for (const [id, reference] of first?.certificates ?? []) {
      expect(second?.certificates.get(id)?.chain).not.toBe(reference.chain)
      expect(blobs.get(reference.key)).toBeUndefined()
    }
    expect(blobs.size).toBe(held)
  })

  it('compiles again when the answer ends', async () => {
    const { loop, snapshots } = await setUp((snapshot) => ({ validUntil: snapshot.time + 20 }))
    const before = snapshots.length
    loop.poke()
    await expect.poll(() => snapshots.length, { timeout: 5000 }).toBeGreaterThan(before + 2)
  })
})
