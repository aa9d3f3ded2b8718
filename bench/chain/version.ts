// What a program says its version is.
import { spawnSync } from 'node:child_process'

/** The first group of `pattern` in what `program args` prints; undefined when the program cannot be run. */
export function versionOf(program: string, args: readonly string[], pattern: RegExp): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) return undefined
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown'
}
