// SQLite through the npm package libsql: for Node versions without node:sqlite.
import { createRequire } from 'node:module'
import type { Driver, Row, Value } from './driver.ts'

interface LibsqlStatement {
  run(params: readonly Value[]): { readonly changes: number }
  all(params: readonly Value[]): Row[]
}
interface LibsqlDatabase {
  exec(sql: string): void
  prepare(sql: string): LibsqlStatement
  close(): void
}

/** Opens a database file. Parameters always travel as one array: libsql aborts the process on a single object argument (libsql-js#114). */
export function openLibsql(file: string): Driver {
  const Database = createRequire(import.meta.url)('libsql') as new (file: string) => LibsqlDatabase
  const database = new Database(file)
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql)
      return {
        run: (params) => statement.run([...params]).changes,
        all: (params) => statement.all([...params]),
      }
    },
    close: () => database.close(),
  }
}
