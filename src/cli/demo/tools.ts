// The programs that the demo plays with: those of the machine, or stand-ins.
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../../control/package-root.ts'
import { UserError } from '../../control/user-error.ts'

/** Where a program is on PATH. */
export function onPath(program: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program)
    if (folder !== '' && existsSync(path)) return path
  }
  return undefined
}

/** The folder of a kubectl that is not on PATH: the pinned one of scripts/kubectl.mjs. */
export async function fetchedKubectl(): Promise<string> {
  const script = join(packageRoot, 'scripts', 'kubectl.mjs')
  const advice = 'Install kubectl and put it on PATH.'
  if (!existsSync(script)) throw new UserError('kubectl is not on PATH', advice)
  try {
    const { kubectl } = (await import(pathToFileURL(script).href)) as {
      kubectl: (minor?: string) => Promise<string>
    }
    return dirname(await kubectl())
  } catch (error) {
    throw new UserError(
      `kubectl is not on PATH, and could not be fetched: ${error instanceof Error ? error.message : error}`,
      advice,
      error,
    )
  }
}
