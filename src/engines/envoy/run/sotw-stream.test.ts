import { describe, expect, it } from 'vitest'
import { type ResourceType, typeUrl } from './resource-types.ts'
import { type SotwResponse, SotwStream } from './sotw-stream.ts'
import { snapshotOf, type World } from './testing/snapshots.ts'

const short = (responses: readonly SotwResponse[]): readonly string[] =>
  responses.map(
    ({ type, resources }) =>
      `${type} ${resources.map((one) => new TextDecoder().decode(one.bytes())).join(' ')}`,
  )
const ask = (stream: SotwStream, type: ResourceType, names: readonly string[] = [], nonce = '') =>
  stream.take({ type_url: typeUrl(type), resource_names: names, response_nonce: nonce })
const judge = (
  stream: SotwStream,
  { type, nonce }: SotwResponse,
  names: readonly string[] = [],
  error?: string,
) =>
  stream.take({
    type_url: typeUrl(type),
    resource_names: names,
    response_nonce: nonce,
    ...(error === undefined ? {} : { error_detail: { message: error } }),
  })

const base: World = {
  clusters: { a: '1' },
  endpoints: { a: '1' },
  listeners: { l: '1' },
  routes: { t: '1' },
  hosts: { t: { x: '1' } },
}
const named: Partial<Record<ResourceType, readonly string[]>> = { endpoints: ['a', 'b'], routes: ['t'] }

/** A stream whose client has everything of this world. */
function settled(world: World): SotwStream {
  const stream = new SotwStream()
  for (const type of ['clusters', 'endpoints', 'listeners', 'routes'] as const)
    ask(stream, type, named[type] ?? [])
  const snapshot = snapshotOf(world)
  for (let open = stream.pending(snapshot); open.length > 0; open = stream.pending(snapshot))
    for (const one of open) judge(stream, one, named[one.type] ?? [])
  return stream
}

describe('a state-of-the-world stream', () => {
  it('makes before it breaks: a cluster that went stays until the routes are taken', () => {
    const stream = settled(base)
    const next = snapshotOf({ ...base, clusters: { b: '1' }, endpoints: { b: '1' }, routes: { t: '2' } })
    const said: string[] = []
    for (let open = stream.pending(next); open.length > 0; open = stream.pending(next)) {
      said.push(...short(open))
      for (const one of open) judge(stream, one, named[one.type] ?? [])
    }
    expect(said).toEqual(
      ['clusters b=1 a=1', 'endpoints b=1', 't', 'clusters b=1'].map((one) =>
        one === 't' ? 'routes t=2 {"x":"1"}' : one,
      ),
    )
    expect(stream.judged && stream.complete(next)).toBe(true)
  })

  it('sends a type again only when something of it changed that was asked for', () => {
    const stream = settled(base)
    expect(stream.pending(snapshotOf({ ...base, endpoints: { a: '1', other: '1' } }))).toEqual([])
    expect(short(stream.pending(snapshotOf({ ...base, hosts: { t: { x: '2' } } })))).toEqual([
      'routes t=1 {"x":"2"}',
    ])
  })

  it('ignores what is said of a response that another has followed', () => {
    const stream = new SotwStream()
    ask(stream, 'clusters')
    const [first] = stream.pending(snapshotOf({ clusters: { a: '1' } }))
    const [second] = stream.pending(snapshotOf({ clusters: { a: '2' } }))
    if (!first || !second) throw new Error('not sent')
    expect(judge(stream, first, [], 'too late')).toBeUndefined()
    expect(stream.judged).toBe(false)
    expect(judge(stream, second)).toEqual({ type: 'clusters', names: ['a'], refused: [] })
    expect(stream.judged).toBe(true)
  })

  it('answers a name that is asked for later, and not one that was given up', () => {
    const stream = new SotwStream()
    ask(stream, 'endpoints', ['a'])
    const snapshot = snapshotOf({ endpoints: { a: '1', b: '1' } })
    const [first] = stream.pending(snapshot)
    expect(short(first ? [first] : [])).toEqual(['endpoints a=1'])
    ask(stream, 'endpoints', ['a', 'b'], first?.nonce)
    const [second] = stream.pending(snapshot)
    expect(short(second ? [second] : [])).toEqual(['endpoints a=1 b=1'])
    ask(stream, 'endpoints', ['b'], second?.nonce)
    expect(short(stream.pending(snapshotOf({ endpoints: { a: '2', b: '1' } })))).toEqual(['endpoints b=1'])
  })

  it('names what a refusal quotes, and does not send the refused again', () => {
    const stream = new SotwStream()
    ask(stream, 'clusters')
    const snapshot = snapshotOf({ clusters: { good: '1', bad: '1' } })
    const [response] = stream.pending(snapshot)
    if (!response) throw new Error('not sent')
    expect(judge(stream, response, [], 'Error adding cluster(s) bad: no')).toMatchObject({ refused: ['bad'] })
    expect(stream.pending(snapshot)).toEqual([])
    expect(stream.complete(snapshot)).toBe(true)
    const [again] = stream.pending(snapshotOf({ clusters: { good: '1', bad: '2' } }))
    expect(again && judge(stream, again, [], 'something')).toMatchObject({ refused: [''] })
  })

  it('sends everything to one that comes back with the nonce of another stream', () => {
    const stream = new SotwStream()
    expect(ask(stream, 'clusters', [], '17')).toBeUndefined()
    expect(short(stream.pending(snapshotOf(base)))).toEqual(['clusters a=1'])
  })
})
