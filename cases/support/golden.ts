// Files with expected output: compared, or rewritten with GOLDEN=update.
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'

const updating = process.env['GOLDEN'] === 'update'

/** `actual` must be what the file holds; an empty text means that there must be no such file. */
export async function expectGolden(folder: string, name: string, actual: string): Promise<void> {
  const file = join(folder, name)
  if (updating) {
    if (actual === '') await rm(file, { force: true })
    else await writeFile(file, actual)
    return
  }
  const expected = existsSync(file) ? await readFile(file, 'utf8') : ''
  expect(actual, `${file} (rewrite with npm run golden)`).toBe(expected)
}

/** All folders under `root` that hold an in.yaml, sorted; without `faults`, which has a runner of its own. */
export async function caseFolders(root: string): Promise<readonly string[]> {
  const found: string[] = []
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true })
    if (entries.some((entry) => entry.name === 'in.yaml')) found.push(folder)
    for (const entry of entries) {
      if (entry.isDirectory() && entry.name !== 'support' && entry.name !== 'faults')
        await visit(join(folder, entry.name))
    }
  }
  await visit(root)
  return found.sort()
}
