// Before whole-process tests: bundles what they start.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export function setup(): void {
  const root = join(fileURLToPath(import.meta.url), '..', '..')
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' })
}
