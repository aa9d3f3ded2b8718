import { expect, it } from 'vitest'
import { memoryCore } from './testing/memory-core.ts'
import { WIDGET, type Widget, widget } from './testing/widget-kind.ts'

it('holds a write as soon as it is acknowledged, and tells of it in order', async () => {
  const { client } = await memoryCore()
  await client.create(widget('a', { size: 1 }))
  const informer = await client.informer<Widget>(WIDGET)
  expect([...informer.cache.keys()]).toEqual(['default/a'])
  const events: string[] = []
  informer.on(({ type, object }) => events.push(`${type} ${object.metadata.name} ${object.spec?.size}`))
  await client.create(widget('b', { size: 1 }))
  expect(informer.cache.has('default/b')).toBe(true)
  await Promise.all([
    client.patch(WIDGET, 'b', 'default', { spec: { size: 2 } }),
    client.patch(WIDGET, 'b', 'default', { spec: { size: 3 } }),
    client.delete(WIDGET, 'a', 'default'),
  ])
  expect(informer.cache.get('default/b')?.spec?.size).toBe(3)
  await Promise.resolve()
  expect(events).toEqual(['ADDED b 1', 'MODIFIED b 2', 'MODIFIED b 3', 'DELETED a 1'])
  informer.close()
})

it('keeps the identity of objects that do not change', async () => {
  const { client } = await memoryCore()
  await client.create(widget('a'))
  const informer = await client.informer<Widget>(WIDGET)
  const before = informer.cache.get('default/a')
  await client.update({ ...before } as Widget)
  await client.create(widget('b'))
  expect(informer.cache.get('default/a')).toBe(before)
  expect(await client.get(WIDGET, 'a', 'default')).toBe(before)
  informer.close()
})

it('sees only what it selects, and nothing after its end', async () => {
  const { client } = await memoryCore()
  const informer = await client.informer<Widget>(WIDGET, { labelSelector: 'on' })
  const events: string[] = []
  const stop = informer.on(({ type, object }) => events.push(`${type} ${object.metadata.name}`))
  await client.create(widget('a'))
  await client.create(widget('b', {}, { labels: { on: '' } }))
  await client.patch(WIDGET, 'b', 'default', { metadata: { labels: null } })
  expect([events, informer.cache.size]).toEqual([['ADDED b', 'DELETED b'], 0])
  stop()
  await client.create(widget('c', {}, { labels: { on: '' } }))
  informer.close()
  await client.create(widget('d', {}, { labels: { on: '' } }))
  expect([events.length, informer.cache.size]).toEqual([2, 1])
})

it('goes on when a listener throws, and reports it', async () => {
  const { client, problems } = await memoryCore()
  const informer = await client.informer<Widget>(WIDGET)
  const seen: string[] = []
  informer.on(() => {
    throw new Error('clumsy')
  })
  informer.on(({ object }) => seen.push(object.metadata.name))
  await client.create(widget('a'))
  expect(seen).toEqual(['a'])
  expect(problems[0]).toContain('clumsy')
  informer.close()
})

it('does not let a caller change what is stored', async () => {
  const { client } = await memoryCore()
  const mine = { ...widget('a', { size: 1 }), spec: { size: 1 } }
  await client.create(mine)
  mine.spec.size = 99
  expect((await client.get<Widget>(WIDGET, 'a', 'default'))?.spec?.size).toBe(1)
})
