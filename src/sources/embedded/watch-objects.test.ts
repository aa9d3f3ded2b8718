import { describe, expect, it } from 'vitest'
import { FakeClient } from '../../cluster/testing/fake-client.ts'
import { EVENT, SECRET } from '../../resources/kinds.ts'
import type { KindRef } from '../../resources/object.ts'
import { kindKey } from '../../resources/snapshot.ts'
import { watchObjects } from './watch-objects.ts'

const WIDGET: KindRef = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
}
const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' } })

async function setUp() {
  const api = new FakeClient()
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  await api.create(secret('there'))
  const changes: string[] = []
  const watched = await watchObjects(api, (object) => changes.push(object?.metadata.name ?? 'kinds'))
  return { api, watched, changes }
}
const namesOf = (watched: Awaited<ReturnType<typeof watchObjects>>, kind: KindRef) => [
  ...(watched.objects().get(kindKey(kind))?.keys() ?? []),
]

describe('watchObjects', () => {
  it('holds what was there, follows what changes, and says where fields come from', async () => {
    const { api, watched, changes } = await setUp()
    expect(namesOf(watched, SECRET)).toEqual(['shop/there'])
    await api.create(secret('new'))
    await expect.poll(() => changes).toContain('new')
    await api.delete(SECRET, 'there', 'shop')
    await expect.poll(() => namesOf(watched, SECRET)).toEqual(['shop/new'])
    const origin = watched.objects().get('Secret')?.get('shop/new')?.origin('data.x')
    expect(origin).toEqual({
      object: { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'new' },
      field: 'data.x',
    })
    watched.close()
  })

  it('leaves out kinds that no model is made of', async () => {
    const { watched } = await setUp()
    expect(watched.objects().has(kindKey(EVENT))).toBe(false)
    watched.close()
  })

  it('follows kinds that come later', async () => {
    const { api, watched, changes } = await setUp()
    api.addKind(WIDGET)
    await expect.poll(() => changes).toContain('kinds')
    await api.create({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', namespace: 'shop' },
    })
    await expect.poll(() => namesOf(watched, WIDGET)).toEqual(['shop/w'])
    watched.close()
  })
})
