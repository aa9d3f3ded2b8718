// One process per data folder. The lock is SQLite's on an empty file: the kernel drops it when the process dies, however it dies.
import Database from 'libsql'

export interface FolderLock {
  release(): void
}

/** Takes the lock file at `path`, or returns undefined when another process holds it. */
export function takeLock(path: string): FolderLock | undefined {
  const database = new Database(path, { timeout: 0 })
  try {
    // The lock is kept by the open transaction; nothing is ever written.
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return undefined
    throw error
  }
  return { release: () => database.close() }
}
