import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DeltaResponse, DeltaStream } from './delta-stream.ts'
import { type ResourceType, typeUrl } from './resource-types.ts'
import type { NodeSnapshot } from './snapshot.ts'
import { snapshotOf, type World } from './testing/snapshots.ts'

const short = (responses: readonly DeltaResponse[]): readonly string[] =>
  responses.map(
    ({ type, changes }) =>
      `${type} ${[...changes.changed.map(({ name }) => `+${name}`), ...changes.removed.map((name) => `-${name}`)].join(' ')}`,
  )
const ask = (stream: DeltaStream, type: ResourceType, names: readonly string[] = [], more: object = {}) =>
  stream.take({ type_url: typeUrl(type), resource_names_subscribe: names, ...more })
const judge = (stream: DeltaStream, { type, nonce }: DeltaResponse, error?: string) =>
  stream.take({
    type_url: typeUrl(type),
    response_nonce: nonce,
    ...(error === undefined ? {} : { error_detail: { message: error } }),
  })

/** A client as Envoy is one: names what its clusters and listeners need, judges everything, in order. */
class Client {
  readonly stream = new DeltaStream()
  readonly has = new Map<ResourceType, Map<string, string>>()
  readonly order: string[] = []
  snapshot: NodeSnapshot
  readonly #inbox: DeltaResponse[] = []
  readonly #asked = new Map<ResourceType, Set<string>>()
  /** Names of resources that are refused. */
  readonly refuses: ReadonlySet<string>

  constructor(snapshot: NodeSnapshot, refuses: readonly string[] = []) {
    this.snapshot = snapshot
    this.refuses = new Set(refuses)
    for (const type of ['clusters', 'listeners', 'virtualHosts'] as const) ask(this.stream, type)
  }

  /** Lets what is due be sent, without reading it. */
  send(): void {
    this.#inbox.push(...this.stream.pending(this.snapshot))
  }

  /** Takes everything until nothing more comes. */
  run(): void {
    this.send()
    for (let response = this.#inbox.shift(); response; response = this.#inbox.shift()) {
      this.order.push(...short([response]))
      const bad = response.changes.changed.some(({ name }) => this.refuses.has(name))
      if (!bad) this.#take(response)
      judge(this.stream, response, bad ? 'no' : undefined)
      this.send()
    }
  }

  #take({ type, changes }: DeltaResponse): void {
    const held = this.has.get(type) ?? new Map<string, string>()
    this.has.set(type, held)
    for (const { name, resource } of changes.changed) held.set(name, resource.version)
    for (const name of changes.removed) held.delete(name)
    if (type === 'clusters') this.#names('endpoints', [...held.keys()])
    if (type === 'listeners')
      this.#names(
        'routes',
        [...held.keys()].map((name) => `table-${name}`),
      )
  }

  #names(type: ResourceType, wanted: readonly string[]): void {
    const before = this.#asked.get(type) ?? new Set()
    this.#asked.set(type, new Set(wanted))
    const added = wanted.filter((name) => !before.has(name))
    const dropped = [...before].filter((name) => !wanted.includes(name))
    for (const name of dropped) {
      this.has.get(type)?.delete(name)
      const hosts = this.has.get('virtualHosts')
      if (type === 'routes')
        for (const host of hosts?.keys() ?? []) if (host.startsWith(`${name}/`)) hosts?.delete(host)
    }
    if (added.length + dropped.length > 0)
      ask(this.stream, type, added, { resource_names_unsubscribe: dropped })
  }

  get state(): Record<string, Record<string, string>> {
    return Object.fromEntries([...this.has].map(([type, held]) => [type, Object.fromEntries(held)]))
  }
}

const base: World = {
  clusters: { a: '1' },
  endpoints: { a: '1' },
  listeners: { l: '1' },
  routes: { 'table-l': '1' },
  hosts: { 'table-l': { x: '1', y: '1' } },
}

describe('a delta stream', () => {
  it('makes before it breaks: the new cluster and its endpoints, then the route, then the removal', () => {
    const client = new Client(snapshotOf(base))
    client.run()
    client.order.length = 0
    client.snapshot = snapshotOf({
      ...base,
      clusters: { b: '1' },
      endpoints: { b: '1' },
      hosts: { 'table-l': { x: '2', y: '1' } },
    })
    client.run()
    expect(client.order).toEqual(['clusters +b', 'endpoints +b', 'virtualHosts +table-l/x', 'clusters -a'])
  })

  it('does not remove a cluster that came back before its removal was due', () => {
    const client = new Client(snapshotOf(base))
    client.run()
    const { stream } = client
    const without = { ...base, clusters: { b: '1' }, endpoints: { b: '1' } }
    const [added] = stream.pending(snapshotOf(without))
    expect(short(added ? [added] : [])).toEqual(['clusters +b'])
    const back = snapshotOf({ ...base, clusters: { a: '1', b: '1' }, endpoints: { a: '1', b: '1' } })
    stream.pending(back)
    if (added) judge(stream, added)
    expect(short(stream.pending(back)).filter((one) => one.includes('-'))).toEqual([])
  })

  it('sends one resource for one change among many, the same object to all streams', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`h${index}`, '1']))
    const world = (hosts: Record<string, string>) => snapshotOf({ ...base, hosts: { 'table-l': hosts } })
    const first = world(many)
    const clients = [new Client(first), new Client(first)]
    for (const client of clients) client.run()
    const next = world({ ...many, h5000: '2' })
    const [one, other] = clients.map(({ stream }) => stream.pending(next))
    expect(short(one ?? [])).toEqual(['virtualHosts +table-l/h5000'])
    expect(one?.[0]?.changes).toBe(other?.[0]?.changes)
  })

  it('takes up again where a client was: known versions are not sent, what went is removed', () => {
    const stream = new DeltaStream()
    ask(stream, 'clusters', [], { initial_resource_versions: { a: '1', old: '1' } })
    ask(stream, 'listeners', [], { initial_resource_versions: { l: '0' } })
    ask(stream, 'routes', ['table-l'], { initial_resource_versions: { 'table-l': '1' } })
    ask(stream, 'virtualHosts', [], {
      initial_resource_versions: { 'table-l/x': '1', 'table-l/gone': '1', 'other/x': '1' },
    })
    const responses = stream.pending(snapshotOf(base))
    // An empty answer says that there is nothing new.
    expect(short(responses)).toEqual([
      'clusters ',
      'listeners +l',
      'virtualHosts +table-l/y -table-l/gone',
      'clusters -old',
    ])
  })

  it('ignores a verdict on a response that is not open', () => {
    const stream = new DeltaStream()
    ask(stream, 'clusters')
    const [response] = stream.pending(snapshotOf(base))
    if (!response) throw new Error('nothing was sent')
    expect(judge(stream, { ...response, nonce: 'of another stream' }, 'no')).toBeUndefined()
    expect(stream.judged).toBe(false)
    expect(judge(stream, response)).toEqual({ type: 'clusters', names: ['a'], refused: [] })
    expect(judge(stream, response)).toBeUndefined()
    expect(stream.judged).toBe(true)
  })

  it('sends what is asked for again, and nothing that was given up', () => {
    const stream = new DeltaStream()
    ask(stream, 'endpoints', ['a', 'b'])
    const world = (a: string, b: string) => snapshotOf({ endpoints: { a, b } })
    expect(short(stream.pending(world('1', '1')))).toEqual(['endpoints +a +b'])
    ask(stream, 'endpoints', [], { resource_names_unsubscribe: ['b'] })
    expect(short(stream.pending(world('2', '2')))).toEqual(['endpoints +a'])
    ask(stream, 'endpoints', ['b'])
    expect(short(stream.pending(world('2', '2')))).toEqual(['endpoints +b'])
  })

  it('finds the one resource that is refused among many, and gives the others', () => {
    const hosts = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`h${index}`, '1']))
    const client = new Client(snapshotOf({ ...base, hosts: { 'table-l': hosts } }), ['table-l/h17'])
    client.run()
    expect(client.has.get('virtualHosts')?.size).toBe(32)
    expect(client.stream.complete(client.snapshot)).toBe(true)
    const last = client.order.filter((one) => one === 'virtualHosts +table-l/h17')
    expect(last).toHaveLength(1)
  })

  it('deltas sum to the full state, whatever happens in between', () => {
    const versions = (names: readonly string[]) =>
      fc.dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3'))
    const world = fc
      .record({
        clusters: versions(['a', 'b', 'c']),
        listeners: versions(['l', 'm']),
        table: fc.constantFrom('1', '2'),
        l: versions(['x', 'y', 'z']),
        m: versions(['x', 'y']),
      })
      .map(
        ({ clusters, listeners, table, l, m }): World => ({
          clusters,
          endpoints: clusters,
          listeners,
          routes: Object.fromEntries(Object.keys(listeners).map((name) => [`table-${name}`, table])),
          hosts: Object.fromEntries(
            Object.keys(listeners).map((name) => [`table-${name}`, name === 'l' ? l : m]),
          ),
        }),
      )
    fc.assert(
      fc.property(
        fc.array(world, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.boolean()),
        (worlds, pauses) => {
          const client = new Client(snapshotOf({}))
          for (const one of worlds) {
            client.snapshot = snapshotOf(one)
            // Now and then the next change comes before the client has judged anything of this one.
            if (pauses.next().value) client.run()
            else client.send()
          }
          client.run()
          const last = worlds.at(-1) ?? {}
          const hosts = Object.entries(last.hosts ?? {}).flatMap(([table, all]) =>
            Object.entries(all).map(([host, version]) => [`${table}/${host}`, version]),
          )
          const { state } = client
          expect(state['clusters'] ?? {}).toEqual(last.clusters)
          expect(state['endpoints'] ?? {}).toEqual(last.endpoints)
          expect(state['listeners'] ?? {}).toEqual(last.listeners)
          expect(state['routes'] ?? {}).toEqual(last.routes)
          expect(state['virtualHosts'] ?? {}).toEqual(Object.fromEntries(hosts))
          expect(client.stream.judged && client.stream.complete(client.snapshot)).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })
})
