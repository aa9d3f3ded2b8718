import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Resource, Snapshot } from '../../resources/snapshot.ts'
import { identitiesFor, snapshotOf } from '../testing/snapshots.ts'
import { createGraph } from './graph.ts'
import { readKeys, readObject } from './inputs.ts'
import { joinKey, query } from './query.ts'
import { share } from './share.ts'

const THING = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const identities = identitiesFor([])

/** A thing with a number, named by a letter. */
const thing = (name: string, value: number): Resource => ({
  object: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'n', name },
    value,
  } as Resource['object'],
  origin: () => ({}),
})
const world = (things: Readonly<Record<string, number>>): Snapshot =>
  snapshotOf(
    Object.entries(things).map(([name, value]) => thing(name, value)),
    identities,
  )

const value = query('value', (read, key) => {
  const found = readObject(read, THING, `n/${key}`)?.object as { value?: number } | undefined
  if (found?.value === 13) throw new Error('unlucky')
  return found?.value ?? 0
})
const parity = query('parity', (read, key) => read(value, key) % 2)
/** Reads one or the other, by the parity of a third. */
const chosen = query('chosen', (read, key) => {
  const [by = '', left = '', right = ''] = key.split(' ')
  return read(parity, by) === 0 ? read(value, left) : read(value, right) * 10
})
const safe = query(
  'safe',
  (read, key) => read(chosen, key),
  () => -1,
)
const total = query('total', (read) =>
  readKeys(read, THING).reduce((sum, key) => {
    const name = key.slice(2)
    return sum + read(safe, joinKey(name, 'a', 'b'))
  }, 0),
)

describe('createGraph', () => {
  it('gives what a fresh graph gives, whatever came before, failures included', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd')
    const numbers = fc.oneof(fc.nat(6), fc.constant(13))
    fc.assert(
      fc.property(fc.array(fc.dictionary(names, numbers), { minLength: 1, maxLength: 12 }), (worlds) => {
        const graph = createGraph()
        for (const one of worlds) {
          graph.update(world(one))
          const fresh = createGraph()
          fresh.update(world(one))
          expect(graph.read(total, '')).toBe(fresh.read(total, ''))
          graph.sweep()
        }
      }),
    )
  })

  it('stops where a value comes out the same', () => {
    const graph = createGraph()
    const things = { a: thing('a', 1), b: thing('b', 2), c: thing('c', 4) }
    graph.update(snapshotOf(Object.values(things), identities))
    graph.read(total, '')
    const before = new Map(graph.runs)
    graph.update(snapshotOf([things.a, things.b, thing('c', 6)], identities))
    graph.read(total, '')
    const ran = [...graph.runs].filter(([name, count]) => count !== before.get(name)).map(([name]) => name)
    expect(ran.sort()).toEqual(['parity', 'value'])
  })

  it('forgets what is not read any more', () => {
    const graph = createGraph()
    graph.update(world({ a: 1, b: 2 }))
    graph.read(total, '')
    expect([...graph.keysOf(value)].sort()).toEqual(['a', 'b'])
    graph.update(world({ a: 2 }))
    graph.read(total, '')
    graph.sweep()
    expect([...graph.keysOf(value)]).toEqual(['a'])
  })

  it('refuses a query that depends on itself', () => {
    const loop = query('loop', (read, key): number => read(loop, key))
    const graph = createGraph()
    graph.update(world({}))
    expect(() => graph.read(loop, '')).toThrow('depends on itself')
  })
})

describe('share', () => {
  const plain = fc.jsonValue()
  it('returns the old value for an equal one, and an equal value always', () => {
    fc.assert(
      fc.property(plain, plain, (old, next) => {
        expect(share(old, next)).toEqual(next)
        const copy = structuredClone(old)
        expect(Object.is(share(old, copy), old)).toBe(true)
      }),
    )
  })
  it('keeps what did not change within what did', () => {
    const old = { a: { b: [1, { c: 2 }] }, d: [1], m: new Map([['x', { y: 1 }]]) }
    const next = share(old, { a: { b: [1, { c: 2 }] }, d: [2], m: new Map([['x', { y: 1 }]]) })
    expect(next.a).toBe(old.a)
    expect(next.m).toBe(old.m)
    expect(next.d).toEqual([2])
  })
  it('keeps items of a list that moved, and gives a new one as it is', () => {
    const item = (name: string, port: number) => ({ name, match: { port } })
    const [b, d] = [item('b', 1), item('d', 1)]
    const [a, c] = [item('a', 1), item('c', 1)]
    const next = share([b, d], [a, b, c, d])
    expect(next.map((one, index) => one === [a, b, c, d][index])).toEqual([true, true, true, true])
    const changed = share([a, b, c, d], [a, item('b', 2), c, d])
    expect(changed[1]).not.toBe(b)
    const unnamed = [[1], [2], [3]] as const
    expect(share(unnamed.slice(1), [...unnamed])[1]).toBe(unnamed[1])
  })
  it('settles: what holds a settled part holds that very part', () => {
    const old = { list: [{ name: 'x', deep: { v: [1] } }] }
    const part = share(old.list[0], { name: 'x', deep: { v: [2] } })
    expect(share(old, { list: [part] }).list[0]).toBe(part)
  })
  it('takes another order of a Map for another Map', () => {
    const old = new Map([
      ['a', 1],
      ['b', 2],
    ])
    expect([
      ...share(
        old,
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ).keys(),
    ]).toEqual(['b', 'a'])
  })
})
