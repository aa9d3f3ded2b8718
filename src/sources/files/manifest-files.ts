// Which files a path stands for: itself, or of a folder every .yaml, .yml and .json under it, in order of name.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

const isManifest = (name: string): boolean => /\.(ya?ml|json)$/.test(name)

/** The files of these paths, in their order; what begins with a dot in a folder is left out. Rejects with the system's error for a path that is not there. */
export async function manifestFiles(paths: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(paths.map(filesUnder))).flat()
}

async function filesUnder(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const entries = (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  return manifestFiles(
    entries
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || isManifest(entry.name)))
      .map((entry) => join(path, entry.name)),
  )
}
