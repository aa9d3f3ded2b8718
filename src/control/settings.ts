// sallyport.yaml: what a folder of manifests says about how its cluster is to run.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { readImages } from '../cluster/image-settings.ts'
import type { ImageCommand } from '../cluster/options.ts'
import { UserError } from './user-error.ts'

/** Looked for in the current folder when no other file is named. */
export const SETTINGS_FILE = 'sallyport.yaml'

export interface Settings {
  readonly images: Readonly<Record<string, ImageCommand>>
}

/** Reads the named file, or sallyport.yaml of `folder` if there is one. Throws UserError with every problem as `file:line: text`. */
export function readSettings(file: string | undefined, folder: string): Settings {
  const path = resolve(folder, file ?? SETTINGS_FILE)
  if (file === undefined && !existsSync(path)) return { images: {} }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`the settings cannot be read: ${reason}`, 'Correct the path after --config.', error)
  }
  return parseSettings(text, file ?? SETTINGS_FILE)
}

/** `name` is how messages call the file. Throws UserError like readSettings. */
export function parseSettings(text: string, name: string): Settings {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems: string[] = []
  const problem = (offset: number, message: string): void => {
    problems.push(`${name}:${lines.linePos(offset).line}: ${message}`)
  }
  const at = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0
  for (const error of document.errors) problem(error.pos[0], error.message)
  const images: Record<string, ImageCommand> = {}
  const root = document.contents
  if (problems.length === 0 && root !== null && !(isScalar(root) && root.value === null)) {
    if (!isMap(root)) problem(at(root), 'expected a map with the key images')
    for (const { key, value } of isMap(root) ? root.items : []) {
      const field = isScalar(key) ? String(key.value) : String(key)
      if (field !== 'images') {
        problem(at(key), `unknown field "${field}"; known is: images`)
      } else if (isMap(value)) {
        // Entry by entry, so that each problem has its line.
        for (const entry of value.items) {
          const image = isScalar(entry.key) ? String(entry.key.value) : String(entry.key)
          const read = readImages({ [image]: (entry.value as Node | null)?.toJS(document) ?? null })
          for (const message of read.problems) problem(at(entry.key), message)
          Object.assign(images, read.images)
        }
      } else {
        for (const message of readImages((value as Node | null)?.toJS(document)).problems)
          problem(at(key), message)
      }
    }
  }
  if (problems.length > 0) {
    throw new UserError(problems.join('\n'), 'See “images” in docs/workloads.md for what may stand there.')
  }
  return { images }
}
