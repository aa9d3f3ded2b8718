// Following a cluster: changes at once, watches that end, what the API has forgotten, what it refuses for a while.
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { watchCluster } from './watch-cluster.ts'

type Event = readonly [type: string, object: object]

/** An API whose Services are told by the test; every other kind is empty, and Istio's are not served. */
class FakeApi {
  readonly #server: Server
  /** Of Services, as they came: `list`, or `watch` with the version that it goes on from. */
  readonly asked: string[] = []
  items: readonly object[] = []
  version = 1
  /** The status that lists and watches of Services get instead. */
  refuse: number | undefined
  #watch: ServerResponse | undefined

  constructor() {
    this.#server = createServer(({ method, url = '' }, response) => {
      expect(method).toBe('GET')
      const { pathname, searchParams: query } = new URL(url, 'http://api')
      if (pathname.includes('istio.io')) response.writeHead(404).end()
      else if (pathname !== '/api/v1/services') {
        if (query.has('watch')) response.writeHead(200).flushHeaders()
        else response.end('{"metadata":{"resourceVersion":"1"}}')
      } else this.#services(query, response)
    })
  }

  #services(query: URLSearchParams, response: ServerResponse): void {
    this.asked.push(query.has('watch') ? `watch ${query.get('resourceVersion')}` : 'list')
    if (this.refuse) response.writeHead(this.refuse).end('{"message":"not now"}')
    else if (query.has('watch')) {
      expect(query.get('allowWatchBookmarks')).toBe('true')
      response.writeHead(200).flushHeaders()
      this.#watch = response
    } else
      response.end(JSON.stringify({ items: this.items, metadata: { resourceVersion: String(this.version) } }))
  }

  async open() {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    return { server: `http://127.0.0.1:${port}`, options: {} }
  }

  /** Once the watch is there. */
  async tell(...events: readonly Event[]): Promise<void> {
    await expect.poll(() => this.#watch).toBeDefined()
    for (const [type, object] of events) this.#watch?.write(`${JSON.stringify({ type, object })}\n`)
  }

  async endWatch(how: 'end' | 'destroy'): Promise<void> {
    await expect.poll(() => this.#watch).toBeDefined()
    const watch = this.#watch
    this.#watch = undefined
    watch?.[how]()
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

let api: FakeApi
afterEach(() => api.close())

const service = (name: string, resourceVersion: number) => ({
  metadata: { name, namespace: 'a', uid: name, resourceVersion: String(resourceVersion) },
})
const bookmark = (resourceVersion: number): Event => [
  'BOOKMARK',
  { metadata: { resourceVersion: String(resourceVersion) } },
]

async function setUp(items: readonly object[] = []) {
  api = new FakeApi()
  api.items = items
  const access = await api.open()
  const said: (string | undefined)[] = []
  let changes = 0
  const watch = await watchCluster({
    access: async () => access,
    changed: () => {
      changes += 1
    },
    trouble: (message) => said.push(message),
  })
  onTestFinished(() => watch.close())
  const names = () => watch.resources().map(({ object }) => object.metadata.name)
  return { watch, names, said, changes: () => changes }
}

describe('watchCluster', () => {
  it('has what is there, and what changes as it changes; what does not stays the same object', async () => {
    const { watch, names, changes } = await setUp([service('one', 1), service('two', 1)])
    const [one] = watch.resources()
    expect(names()).toEqual(['one', 'two'])
    expect(one?.object).toMatchObject({ apiVersion: 'v1', kind: 'Service' })
    await api.tell(['MODIFIED', service('two', 2)], ['ADDED', service('three', 3)], bookmark(9))
    await expect.poll(names).toEqual(['one', 'two', 'three'])
    expect(watch.resources()[0]).toBe(one)
    await api.tell(['DELETED', service('one', 10)])
    await expect.poll(names).toEqual(['two', 'three'])
    expect(changes()).toBe(3)
    expect(api.asked).toEqual(['list', 'watch 1'])
  })

  it.each(['end', 'destroy'] as const)('goes on where a watch ended (%s), without a list', async (how) => {
    const { names } = await setUp()
    await api.tell(['ADDED', service('one', 4)], bookmark(7))
    await expect.poll(names).toEqual(['one'])
    await api.endWatch(how)
    await api.tell(['ADDED', service('two', 8)])
    await expect.poll(names).toEqual(['one', 'two'])
    expect(api.asked).toEqual(['list', 'watch 1', 'watch 7'])
  })

  it('lists again what the API has forgotten, and keeps what is unchanged', async () => {
    const { watch, names, said } = await setUp([service('one', 1), service('two', 1)])
    const [one] = watch.resources()
    api.items = [service('one', 1), service('three', 40)]
    api.version = 50
    await api.tell(['ERROR', { kind: 'Status', code: 410, message: 'too old' }])
    await api.endWatch('end')
    await expect.poll(names).toEqual(['one', 'three'])
    expect(watch.resources()[0]).toBe(one)
    await expect.poll(() => api.asked).toEqual(['list', 'watch 1', 'list', 'watch 50'])
    expect(said.filter((message) => message !== undefined)).toEqual([])
  })

  it('keeps what it has while the API refuses, says so once, and says when it is over', async () => {
    const { names, said } = await setUp([service('one', 1)])
    await api.tell(bookmark(2))
    await expect.poll(() => api.asked.length).toBe(2)
    api.refuse = 403
    await api.endWatch('end')
    await expect.poll(() => api.asked.slice(2)).toEqual(['watch 2', 'list'])
    expect(names()).toEqual(['one'])
    expect(said[0]).toBe('the API answers 403 when services are watched: not now')
    expect(said).not.toContain(undefined)
    api.refuse = undefined
    api.items = [service('one', 1), service('two', 3)]
    await expect.poll(names, { timeout: 10_000 }).toEqual(['one', 'two'])
    expect(said.at(-1)).toBeUndefined()
  }, 20_000)

  it('fails when a kind may not be listed at first, since half a picture gives false findings', async () => {
    api = new FakeApi()
    api.refuse = 403
    const access = await api.open()
    const watch = watchCluster({
      access: async () => access,
      changed: () => undefined,
      trouble: () => undefined,
    })
    await expect(watch).rejects.toThrow('the API answers 403 when services are listed: not now')
  })
})
