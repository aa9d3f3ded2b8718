// Workers that tell what they hold when they are signalled: `watched-worker.ts` is bundled and loaded before the worker itself.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { WorkersOptions } from '../../src/engines/node/index.ts'
import { root } from '../sallyport.ts'
import type { Held } from './held.ts'

export interface WatchedWorkers {
  readonly options: WorkersOptions
  readonly held: (pids: readonly (number | undefined)[]) => Promise<Held[]>
  readonly close: () => void
}

/** Processes that are started until `close` write what they hold into a folder. */
export async function watchedWorkers(count: number): Promise<WatchedWorkers> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-soak-'))
  const preload = join(folder, 'watched-worker.mjs')
  await build({
    entryPoints: [join(root, 'test/soak/watched-worker.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: preload,
  })
  const before = { ...process.env }
  process.env['NODE_OPTIONS'] = `${before['NODE_OPTIONS'] ?? ''} --import ${preload}`
  process.env['SOAK_FOLDER'] = folder
  process.env['SOAK_V8_FLAGS'] = process.execArgv.filter((flag) => flag.startsWith('--no-')).join(' ')

  const ask = async (pid: number | undefined): Promise<Held> => {
    if (pid === undefined) throw new Error('a worker has ended')
    const file = join(folder, `${pid}.json`)
    rmSync(file, { force: true })
    process.kill(pid, 'SIGUSR2')
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      process.kill(pid, 0)
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as Held
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
  }
  return {
    options: { count, entry: join(root, 'dist', 'worker.js') },
    held: (pids) => Promise.all(pids.map(ask)),
    close: () => {
      for (const name of ['NODE_OPTIONS', 'SOAK_FOLDER', 'SOAK_V8_FLAGS']) {
        const value = before[name]
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
      rmSync(folder, { recursive: true })
    },
  }
}
