// Writes a small file so that a crash leaves either the old or the new content.
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'

export function writeFileAtomic(path: string, content: string, mode = 0o600): void {
  const fresh = `${path}.${process.pid}.new`
  const file = openSync(fresh, 'w', mode)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, path)
}
