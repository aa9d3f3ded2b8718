import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namespaceKind } from '../kinds/namespace.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import { WIDGET, widget, widgetKind } from '../testing/widget-kind.ts'

const ALL = '/apis/test.dev/v1/widgets'
const names = (body: { items: { metadata: { name: string } }[] }): string[] =>
  body.items.map(({ metadata }) => metadata.name)
let server: TestServer
let first = 0
beforeAll(async () => {
  server = await startTestServer({ kinds: [namespaceKind, widgetKind] })
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a-space' } }
  await server.client.create(namespace)
  for (const name of ['w3', 'w1', 'w2']) {
    const color = name === 'w2' ? 'red' : 'green'
    await server.client.create(
      widget(name, { color }, { labels: { name, odd: name === 'w2' ? 'no' : 'yes' } }),
    )
  }
  const created = await server.client.create(widget('w0', {}, { namespace: 'a-space' }))
  first = Number(created.metadata.resourceVersion)
})
afterAll(() => server.close())

describe('list', () => {
  it('is ordered by namespace and name', async () => {
    expect(names((await server.call('GET', ALL)).body)).toEqual(['w0', 'w1', 'w2', 'w3'])
    const one = await server.call('GET', '/apis/test.dev/v1/namespaces/default/widgets')
    expect(names(one.body)).toEqual(['w1', 'w2', 'w3'])
    expect(one.body).toMatchObject({ kind: 'WidgetList', apiVersion: 'test.dev/v1' })
  })

  it.each([
    ['labelSelector=odd', ['w1', 'w2', 'w3']],
    ['labelSelector=odd%3Dno', ['w2']],
    ['labelSelector=odd!%3Dno', ['w0', 'w1', 'w3']],
    ['labelSelector=name in (w1,w3),odd%3D%3Dyes', ['w1', 'w3']],
    ['labelSelector=!odd', ['w0']],
    ['fieldSelector=metadata.name%3Dw2', ['w2']],
    ['fieldSelector=metadata.namespace%3Da-space', ['w0']],
    ['fieldSelector=spec.color!%3Dgreen,metadata.namespace%3Ddefault', ['w2']],
  ])('selects by %s', async (query, expected) => {
    expect(names((await server.call('GET', `${ALL}?${query.replaceAll(' ', '%20')}`)).body)).toEqual(expected)
  })

  it.each([
    ['fieldSelector=spec.size%3D1', 400, 'field label not supported: spec.size'],
    ['labelSelector=a%3D%3D%3D', 400, 'unable to parse requirement'],
    ['limit=x', 400, 'strconv.ParseInt'],
    [
      'resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    ['resourceVersionMatch=Sometimes&resourceVersion=1', 422, 'Unsupported value: "Sometimes"'],
    ['resourceVersionMatch=Exact&resourceVersion=0', 422, 'forbidden for resourceVersion "0"'],
    ['sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
    ['continue=rubbish', 400, 'continue key is not valid'],
  ])('refuses %s', async (query, code, text) => {
    const reply = await server.call('GET', `${ALL}?${query}`)
    expect(reply.code).toBe(code)
    expect(reply.body.message).toContain(text)
  })

  it('pages over one moment: what changes in between is not seen', async () => {
    const one = await server.call('GET', `${ALL}?limit=2`)
    expect(names(one.body)).toEqual(['w0', 'w1'])
    expect(one.body.metadata.remainingItemCount).toBe(2)
    await server.client.create(widget('w25'))
    const two = await server.call('GET', `${ALL}?limit=2&continue=${one.body.metadata.continue}`)
    expect(names(two.body)).toEqual(['w2', 'w3'])
    expect(two.body.metadata.continue).toBeUndefined()
    expect(two.body.metadata.resourceVersion).toBe(one.body.metadata.resourceVersion)
    await server.client.delete(WIDGET, 'w25', 'default')
  })

  it('shows an exact revision, and waits for one that does not come', async () => {
    const then = await server.call('GET', `${ALL}?resourceVersion=${first}&resourceVersionMatch=Exact`)
    expect(names(then.body)).toEqual(['w0', 'w1', 'w2', 'w3'])
    const before = await server.call('GET', `${ALL}?resourceVersion=${first - 1}&resourceVersionMatch=Exact`)
    expect(names(before.body)).toEqual(['w1', 'w2', 'w3'])
    const future = await server.call('GET', `${ALL}?resourceVersion=999999`)
    expect(future.code).toBe(504)
    expect(future.body.message).toMatch(/^Too large resource version: 999999, current: \d+$/)
    expect(future.body.details.causes[0].reason).toBe('ResourceVersionTooLarge')
    expect(future.headers['retry-after']).toBe('1')
  })
})
