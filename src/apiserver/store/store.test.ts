import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../resources/object.ts'
import type { Change } from './collection.ts'
import { StoreError } from './driver.ts'
import { openDriver, openJournal } from './journal.ts'
import { openLibsql } from './libsql-driver.ts'
import { nodeSqlite } from './node-sqlite-driver.ts'
import { openStore, Store } from './store.ts'

const object = (name: string, text = ''): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, annotations: { text } },
})
const state = (store: Store): unknown => store.list('things').map(({ key, object: one }) => [key, one])

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
  file = join(folder, 'deep', 'state.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('Store', () => {
  it('reads back after a restart what it acknowledged, history included', async () => {
    const store = openStore({ file })
    await store.transact((tx) => tx.put('things', 'b', object('b')))
    await store.transact((tx) => tx.put('things', 'a', object('a', '1')))
    await store.transact((tx) => tx.put('things', 'a', object('a', '2')))
    await store.transact((tx) => tx.delete('things', 'b'))
    const [before, changes] = [state(store), store.changesSince('things', 1)]
    const revision = store.revision
    store.close()
    const again = openStore({ file })
    expect(state(again)).toEqual(before)
    expect(again.changesSince('things', 1)).toEqual(changes)
    expect(again.revision).toBe(revision)
    expect((await again.transact((tx) => tx.put('things', 'c', object('c')))).metadata.resourceVersion).toBe(
      String(revision + 1),
    )
    again.close()
  })

  it('keeps the file to its owner', () => {
    openStore({ file }).close()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
  })

  it('takes one write back without the others of its batch', async () => {
    const store = openStore('memory')
    const good = store.transact((tx) => tx.put('things', 'a', object('a')))
    const bad = store.transact((tx) => {
      tx.put('things', 'b', object('b'))
      throw new Error('no')
    })
    const later = store.transact((tx) => [tx.get('things', 'a')?.key, tx.get('things', 'b')])
    await expect(bad).rejects.toThrow('no')
    expect((await good).metadata.resourceVersion).toBe('2')
    expect(await later).toEqual(['a', undefined])
    expect(store.list('things')).toHaveLength(1)
  })

  it('loses nothing when the disk is full, and goes on when it no longer is', async () => {
    const driver = openDriver(file)
    const journal = openJournal(driver, file)
    const store = new Store({ journal })
    await store.transact((tx) => tx.put('things', 'a', object('a')))
    driver.prepare('PRAGMA max_page_count = 16').all([])
    const before = state(store)
    const big = store.transact((tx) => tx.put('things', 'big', object('big', 'x'.repeat(200_000))))
    const small = store.transact((tx) => tx.put('things', 'small', object('small')))
    await expect(big).rejects.toMatchObject({ kind: 'full' })
    await expect(small).rejects.toBeInstanceOf(StoreError)
    expect(state(store)).toEqual(before)
    expect(store.problem).toContain('full')
    driver.prepare('PRAGMA max_page_count = 100000').all([])
    await store.transact((tx) => tx.put('things', 'big', object('big', 'x'.repeat(200_000))))
    expect(store.problem).toBeUndefined()
    const after = state(store)
    store.close()
    const again = openStore({ file })
    expect(state(again)).toEqual(after)
    again.close()
  })

  it('refuses a file of a newer format and says what to do', () => {
    openStore({ file }).close()
    const driver = openLibsql(file)
    driver.exec('PRAGMA user_version = 99')
    driver.close()
    expect(() => openStore({ file })).toThrow(/newer version of sallyport \(data format 99/)
  })

  it('stops writing when another process changed the file', async () => {
    const one = openStore({ file })
    const two = openStore({ file })
    await one.transact((tx) => tx.put('things', 'a', object('a')))
    const late = two.transact((tx) => tx.put('things', 'b', object('b')))
    await expect(late).rejects.toMatchObject({ kind: 'foreign' })
    one.close()
    two.close()
  })

  it('compacts what is old, keeps what is young, and survives a restart with it', async () => {
    let now = 0
    const open = (): Store => {
      const options = { keepMs: 100, keepRevisions: 2, now: () => now }
      return new Store({ ...options, journal: openJournal(openDriver(file), file) })
    }
    const store = open()
    for (let i = 0; i < 6; i++) {
      now = i * 50
      await store.transact((tx) => tx.put('things', 'a', object('a', String(i))))
    }
    store.compact()
    expect(store.compacted).toBe(5)
    expect(store.changesSince('things', 5).map((change) => change.revision)).toEqual([6, 7])
    store.close()
    const again = open()
    expect(again.compacted).toBe(5)
    expect(again.listAt('things', '', 6)[0]?.object.metadata.annotations).toEqual({ text: '4' })
    again.close()
  })

  it.each([['libsql', () => openLibsql] as const, ['node:sqlite', nodeSqlite] as const])(
    'works on %s',
    async (_name, driver) => {
      const open = driver()
      if (!open) return
      openDriver(file).close()
      const store = new Store({ journal: openJournal(open(file), file) })
      await store.transact((tx) => tx.put('things', 'a', object('a', 'ünï')))
      const before = state(store)
      store.close()
      const again = openStore({ file })
      expect(state(again)).toEqual(before)
      again.close()
    },
  )
})

const step = fc.record({
  key: fc.constantFrom('a', 'b', 'n/a', 'n/b', 'n-x/c'),
  remove: fc.boolean(),
  text: fc.string({ maxLength: 3 }),
  fail: fc.boolean(),
})

it('list at a revision plus the changes after it equals the present list, under random writes and restarts', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 6 }), async (rounds) => {
      const path = join(folder, `p${run++}.db`)
      let store = openStore({ file: path })
      const seen: Change[] = []
      let snapshots: { revision: number; objects: unknown }[] = []
      for (const round of rounds) {
        store.subscribe('things', (change) => seen.push(change))
        await Promise.allSettled(
          round.map(({ key, remove, text, fail }) =>
            store.transact((tx) => {
              if (!remove) tx.put('things', key, object(key, text))
              else if (tx.get('things', key)) tx.delete('things', key)
              if (fail) throw new Error('taken back')
            }),
          ),
        )
        snapshots.push({ revision: store.revision, objects: state(store) })
        for (const { revision, objects } of snapshots) {
          const then = new Map(store.listAt('things', '', revision).map(({ key, object: one }) => [key, one]))
          expect([...then]).toEqual(objects)
          for (const change of store.changesSince('things', revision)) {
            if (change.object) then.set(change.key, change.object)
            else then.delete(change.key)
          }
          expect([...then].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual(state(store))
        }
        expect(seen).toEqual(store.changesSince('things', 1))
        store.close()
        store = openStore({ file: path })
        snapshots = snapshots.slice(-3)
      }
      store.close()
    }),
    { numRuns: 30 },
  )
})

it('goes on when a listener throws, and says so', async () => {
  const problems: string[] = []
  const store = new Store({ report: (problem) => problems.push(problem) })
  const seen: string[] = []
  store.subscribe('things', () => {
    throw new Error('clumsy')
  })
  store.subscribe('things', ({ key }) => seen.push(key))
  await store.transact((tx) => tx.put('things', 'a', object('a')))
  expect(seen).toEqual(['a'])
  expect(problems[0]).toContain('clumsy')
})
