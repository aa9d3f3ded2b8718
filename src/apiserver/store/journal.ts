// The store's SQLite file: what is on disk, in which format, and the one transaction that a batch of writes becomes.
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { KubeObject } from '../../resources/object.ts'
import { type Change, Collection } from './collection.ts'
import { type Driver, StoreError, storeError } from './driver.ts'
import { openLibsql } from './libsql-driver.ts'
import { nodeSqlite } from './node-sqlite-driver.ts'

/** Raised when older programs could no longer read what this one writes. */
export const FORMAT = 1

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta(k TEXT PRIMARY KEY, v INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS objects(
  collection TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, uid TEXT, written INTEGER NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY(collection, key));
CREATE TABLE IF NOT EXISTS history(
  revision INTEGER PRIMARY KEY, collection TEXT NOT NULL, key TEXT NOT NULL, time INTEGER NOT NULL, previous TEXT);
INSERT OR IGNORE INTO meta VALUES('revision', 1), ('compacted', 1);
PRAGMA user_version = ${FORMAT};
`

export interface Loaded {
  readonly revision: number
  readonly compacted: number
  readonly collections: Map<string, Collection>
}

export interface Journal {
  /** Reads everything. History holds only what was there before each change; what came after is the next change's `previous`, or the present. */
  load(): Loaded
  /** Writes the changes in one durable transaction, or none of them. `from` is the revision before the first, `json` prints an object. Throws StoreError. */
  commit(changes: readonly Change[], from: number, json: (object: KubeObject) => string): void
  /** Forgets history up to a revision. */
  compact(revision: number): void
  close(): void
}

/** Opens the file, created for its owner only, with the driver that this Node offers. */
export function openDriver(file: string): Driver {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // SQLite gives its -wal and -shm files the mode of the main file: secrets are in there.
  closeSync(openSync(file, 'a', 0o600))
  return (nodeSqlite() ?? openLibsql)(file)
}

/** Prepares the file for use. Throws StoreError `newer` when a later version of the program wrote it. */
export function openJournal(driver: Driver, file: string): Journal {
  try {
    const format = Number(driver.prepare('PRAGMA user_version').all([])[0]?.['user_version'] ?? 0)
    if (format > FORMAT) {
      throw new StoreError(
        'newer',
        `${file} was written by a newer version of sallyport (data format ${format}, this program reads up to ${FORMAT}); use that version, or another data folder`,
      )
    }
    driver.prepare('PRAGMA journal_mode = WAL').all([])
    driver.exec('PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 8388608; PRAGMA busy_timeout = 2000;')
    if (format < FORMAT) driver.exec(SCHEMA)
  } catch (thrown) {
    driver.close()
    throw storeError(thrown)
  }
  const remember = driver.prepare(
    'INSERT INTO history SELECT ?, ?, ?, ?, (SELECT json FROM objects WHERE collection = ? AND key = ?)',
  )
  const put = driver.prepare(
    'INSERT INTO objects VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(collection, key) DO UPDATE SET revision = excluded.revision, uid = excluded.uid, written = excluded.written, json = excluded.json',
  )
  const remove = driver.prepare('DELETE FROM objects WHERE collection = ? AND key = ?')
  const advance = driver.prepare("UPDATE meta SET v = ? WHERE k = 'revision' AND v = ?")
  const forget = driver.prepare('DELETE FROM history WHERE revision <= ?')
  const compacted = driver.prepare("UPDATE meta SET v = ? WHERE k = 'compacted'")

  function transaction(work: () => void): void {
    try {
      driver.exec('BEGIN IMMEDIATE')
      work()
      driver.exec('COMMIT')
    } catch (thrown) {
      try {
        driver.exec('ROLLBACK')
      } catch {
        // SQLite rolls back by itself on a full disk and on I/O errors; then there is nothing to roll back.
      }
      throw storeError(thrown)
    }
  }

  return {
    load: () => load(driver, file),
    commit: (changes, from, json) =>
      transaction(() => {
        const to = changes.at(-1)?.revision ?? from
        if (advance.run([to, from]) !== 1) {
          throw new StoreError(
            'foreign',
            `${file} was changed by another process; this one stops writing to it`,
          )
        }
        for (const { revision, collection, key, time, object } of changes) {
          remember.run([revision, collection, key, time, collection, key])
          if (object) put.run([collection, key, revision, object.metadata.uid ?? null, time, json(object)])
          else remove.run([collection, key])
        }
      }),
    compact: (revision) =>
      transaction(() => {
        forget.run([revision])
        compacted.run([revision])
      }),
    close() {
      try {
        driver.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all([])
      } catch {
        // A checkpoint that fails leaves its work to the next start.
      }
      driver.close()
    },
  }
}

function load(driver: Driver, file: string): Loaded {
  const meta = new Map(
    driver
      .prepare('SELECT k, v FROM meta')
      .all([])
      .map((row) => [row['k'], Number(row['v'])]),
  )
  const collections = new Map<string, Collection>()
  const collection = (name: string): Collection => {
    let found = collections.get(name)
    if (!found) {
      found = new Collection()
      collections.set(name, found)
    }
    return found
  }
  const parse = (json: unknown, where: string): KubeObject => {
    try {
      return JSON.parse(String(json)) as KubeObject
    } catch (error) {
      throw new StoreError('io', `${file}: ${where} cannot be read: ${String(error)}`)
    }
  }
  for (const row of driver.prepare('SELECT * FROM objects ORDER BY collection, key').all([])) {
    const name = String(row['collection'])
    const key = String(row['key'])
    collection(name).set({
      key,
      object: parse(row['json'], `${name} ${key}`),
      revision: Number(row['revision']),
      written: Number(row['written']),
    })
  }
  const after = new Map<string, KubeObject | undefined>()
  for (const row of driver.prepare('SELECT * FROM history ORDER BY revision DESC').all([])) {
    const name = String(row['collection'])
    const key = String(row['key'])
    const id = `${name}\n${key}`
    const object = after.has(id) ? after.get(id) : collection(name).objects.get(key)?.object
    const previous =
      row['previous'] === null ? undefined : parse(row['previous'], `history ${String(row['revision'])}`)
    after.set(id, previous)
    collection(name).history.push({
      revision: Number(row['revision']),
      collection: name,
      key,
      time: Number(row['time']),
      ...(object ? { object } : {}),
      ...(previous ? { previous } : {}),
    })
  }
  for (const one of collections.values()) one.history.reverse()
  return { revision: meta.get('revision') ?? 1, compacted: meta.get('compacted') ?? 1, collections }
}
