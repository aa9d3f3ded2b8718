// The log of the process that runs a cluster: a file in its data folder, and stderr when it runs in the foreground on a terminal.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Log {
  readonly write: (line: string) => void
  readonly close: () => void
}

/** Opens the file at the first line. A log that cannot be written is no reason to stop. */
export function openLog(path: string, daemon: boolean): Log {
  let file: number | undefined
  return {
    write(line) {
      if (!daemon) process.stderr.write(`${line}\n`)
      try {
        if (file === undefined) {
          mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
          file = openSync(path, 'a', 0o600)
        }
        writeSync(file, `${new Date().toISOString()} ${line}\n`)
      } catch {
        // A full disk: the line is lost, the cluster goes on.
      }
    },
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}
