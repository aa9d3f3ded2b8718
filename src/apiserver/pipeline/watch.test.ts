import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import { namespaceKind } from '../kinds/namespace.ts'
import { memoryCore } from '../testing/memory-core.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { WIDGET, type Widget, widget, widgetKind } from '../testing/widget-kind.ts'
import { list } from './read.ts'
import type { Target } from './request.ts'
import { watch } from './watch.ts'

const PATH = '/apis/test.dev/v1/namespaces/default/widgets'
const brief = (event: { type: string; object: KubeObject }): string =>
  `${event.type} ${event.object.metadata?.name ?? ''}`

describe('over HTTP', () => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer({ kinds: [namespaceKind, widgetKind] })
  })
  afterEach(() => server.close())

  it('begins with what is there, then tells changes; a selector turns them into coming and going', async () => {
    await server.client.create(widget('a', {}, { labels: { on: 'yes' } }))
    const events = server.stream(`${PATH}?watch=true&labelSelector=on%3Dyes`)
    expect(brief(await events.next())).toBe('ADDED a')
    await server.client.create(widget('b'))
    await server.client.patch(WIDGET, 'b', 'default', { metadata: { labels: { on: 'yes' } } })
    expect(brief(await events.next())).toBe('ADDED b')
    await server.client.patch(WIDGET, 'b', 'default', { spec: { size: 2 } })
    expect(brief(await events.next())).toBe('MODIFIED b')
    const left = await server.client.patch<Widget>(WIDGET, 'b', 'default', { metadata: { labels: null } })
    const gone = await events.next()
    expect(brief(gone)).toBe('DELETED b')
    expect(gone.object.metadata.labels).toEqual({ on: 'yes' })
    expect(gone.object.metadata.resourceVersion).toBe(left.metadata.resourceVersion)
    events.close()
  })

  it('goes on from a revision, in the asked face, and of one name', async () => {
    const { metadata } = await server.client.create(widget('a', { size: 1 }))
    await server.client.create(widget('b'))
    await server.client.delete(WIDGET, 'a', 'default')
    const old = PATH.replace('v1', 'v1beta1')
    const events = server.stream(`${old}/a?watch=true&resourceVersion=${metadata.resourceVersion}`)
    const gone = await events.next()
    expect([brief(gone), gone.object.spec.bigness]).toEqual(['DELETED a', 1])
    events.close()
  })

  it('ends the initial state of a watch-list with the annotated bookmark', async () => {
    await server.client.create(widget('b'))
    await server.client.create(widget('a'))
    const query =
      'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const events = server.stream(`${PATH}?${query}`)
    expect([brief(await events.next()), brief(await events.next())]).toEqual(['ADDED a', 'ADDED b'])
    const end = await events.next()
    expect(end).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'Widget',
        apiVersion: 'test.dev/v1',
        metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    })
    const last = await server.client.create(widget('c'))
    expect(Number(end.object.metadata.resourceVersion)).toBeLessThan(Number(last.metadata.resourceVersion))
    expect(brief(await events.next())).toBe('ADDED c')
    events.close()
    const refused = await server.call('GET', `${PATH}?watch=true&sendInitialEvents=true`)
    expect([refused.code, refused.body.reason]).toEqual([422, 'Invalid'])
  })

  it('sends one-row tables, with columns in the first only', async () => {
    await server.client.create(widget('a'))
    const events = server.stream(`${PATH}?watch=true`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    })
    const one = await events.next()
    await server.client.create(widget('b'))
    const two = await events.next()
    expect([one.object.kind, one.object.columnDefinitions.length, one.object.rows.length]).toEqual([
      'Table',
      3,
      1,
    ])
    expect([two.object.columnDefinitions, two.object.rows[0].cells[0]]).toEqual([null, 'b'])
    events.close()
  })

  it('ends by its timeout', async () => {
    const { code, text } = await server.call('GET', `${PATH}?watch=true&timeoutSeconds=1`)
    expect([code, text]).toEqual([200, ''])
  })
})

it('refuses to go on from a revision that history forgot', async () => {
  const { core, client } = await memoryCore({ keepMs: 0, keepRevisions: 1 })
  const { store } = core
  for (const name of ['a', 'b', 'c']) await client.create(widget(name))
  store.compact()
  const served = core.registry.resolve('test.dev', 'v1', 'widgets')
  if (!served) throw new Error('widgets are not served')
  await expect(watch(core, served, { resourceVersion: '2' }, () => {})).rejects.toMatchObject({
    code: 410,
    reason: 'Expired',
    message: `too old resource version: 2 (${store.compacted})`,
  })
  const page = await list(core, served, { limit: 1 })
  await client.create(widget('d'))
  await client.create(widget('e'))
  store.compact()
  const late = list(core, served, { limit: 1, continue: page.continue ?? '' })
  const refused: unknown = await late.catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 410, reason: 'Expired' })
  const { status } = refused as { status: { metadata: { continue: string } } }
  const rest = await list(core, served, { continue: status.metadata.continue })
  expect(rest.items.map(({ metadata }) => metadata.name)).toEqual(['b', 'c', 'd', 'e'])
  const exact = { resourceVersion: '2', resourceVersionMatch: 'Exact' }
  await expect(list(core, served, exact)).rejects.toMatchObject({ code: 410 })
  store.close()
})

const step = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  action: fc.constantFrom('create', 'label', 'unlabel', 'size', 'delete', 'again'),
  size: fc.integer({ min: 0, max: 3 }),
})

it('list, then watch from its revision, equals a fresh list, whatever is written and whenever one joins', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.nat(25),
      fc.nat(25),
      fc.constantFrom(undefined, 'on=yes', '!on'),
      async (steps, listAt, watchAt, labelSelector) => {
        const { core, client } = await memoryCore()
        const served = core.registry.resolve('test.dev', 'v1', 'widgets')
        if (!served) throw new Error('widgets are not served')
        const target: Target = { ...served, namespace: 'default' }
        const options = labelSelector === undefined ? {} : { labelSelector }
        const view = new Map<string, KubeObject>()
        let revision = ''
        const join = async (): Promise<void> => {
          await watch(core, target, { ...options, resourceVersion: revision }, (event) => {
            if (event.type === 'BOOKMARK') return
            if (event.type === 'DELETED') view.delete(event.object.metadata.name)
            else view.set(event.object.metadata.name, event.object)
          })
        }
        const take = async (): Promise<void> => {
          const page = await list(core, target, options)
          revision = page.resourceVersion
          for (const item of page.items) view.set(item.metadata.name, item)
        }
        const [first, second] = [Math.min(listAt, steps.length), Math.min(listAt + watchAt, steps.length)]
        for (const [index, { name, action, size }] of steps.entries()) {
          if (index === first) await take()
          if (index === second) await join()
          const patched = {
            label: { metadata: { labels: { on: 'yes' } } },
            unlabel: { metadata: { labels: null } },
            size: { spec: { size } },
            again: {},
          }
          const work =
            action === 'create'
              ? client.create(widget(name, { size }))
              : action === 'delete'
                ? client.delete(WIDGET, name, 'default')
                : client.patch(WIDGET, name, 'default', patched[action])
          await work.catch(() => {})
        }
        if (first === steps.length) await take()
        if (second === steps.length) await join()
        const fresh = await list(core, target, options)
        expect([...view.keys()].sort()).toEqual(fresh.items.map(({ metadata }) => metadata.name))
        for (const item of fresh.items) expect(view.get(item.metadata.name)).toEqual(item)
        core.store.close()
      },
    ),
    { numRuns: 60 },
  )
})
