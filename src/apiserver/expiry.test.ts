import { expect, it } from 'vitest'
import { sweep } from './expiry.ts'
import { namespaceKind } from './kinds/namespace.ts'
import { Registry } from './registry.ts'
import { memoryCore } from './testing/memory-core.ts'
import { WIDGET, widget, widgetKind } from './testing/widget-kind.ts'

it('takes away what nobody touched for its time, and tells watchers', async () => {
  const { core, client, clock } = await memoryCore()
  const passing = { ...core, registry: new Registry([namespaceKind, { ...widgetKind, ttlSeconds: 60 }]) }
  await client.create(widget('old'))
  await client.create(widget('touched'))
  clock.now += 50_000
  await client.patch(WIDGET, 'touched', 'default', { spec: { size: 1 } })
  const informer = await client.informer(WIDGET)
  clock.now += 20_000
  await sweep(passing)
  expect([...informer.cache.keys()]).toEqual(['default/touched'])
  informer.close()
})
