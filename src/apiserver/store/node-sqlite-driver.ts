// SQLite through node:sqlite, built into Node from 22.13 on.
import { createRequire } from 'node:module'
import type { Driver, Row, Value } from './driver.ts'

interface SyncStatement {
  run(...params: readonly Value[]): { readonly changes: number | bigint }
  all(...params: readonly Value[]): Row[]
}
interface SyncDatabase {
  exec(sql: string): void
  prepare(sql: string): SyncStatement
  close(): void
}

/** A function that opens a database file, or undefined where this Node has no node:sqlite (or only behind a flag). */
export function nodeSqlite(): ((file: string) => Driver) | undefined {
  const DatabaseSync = loadQuietly()
  if (!DatabaseSync) return undefined
  return (file) => {
    const database = new DatabaseSync(file)
    return {
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        const statement = database.prepare(sql)
        return {
          run: (params) => Number(statement.run(...params).changes),
          all: (params) => statement.all(...params),
        }
      },
      close: () => database.close(),
    }
  }
}

/** Loading it prints an ExperimentalWarning in some versions; users of ours are not the audience of that. */
function loadQuietly(): (new (file: string) => SyncDatabase) | undefined {
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    const module = createRequire(import.meta.url)('node:sqlite') as {
      DatabaseSync: new (file: string) => SyncDatabase
    }
    return module.DatabaseSync
  } catch {
    return undefined
  } finally {
    process.emitWarning = emitWarning
  }
}
