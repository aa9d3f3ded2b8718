// Builds the API server's test process once and starts it as often as a test wants.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')

export interface Standalone {
  readonly process: ChildProcess
  readonly port: number
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly kubeconfig: string
  /** Ends it with a signal and waits until it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** Bundles into a folder below .cache (so that packages are found); returns the program's path. */
export async function buildStandalone(name: string): Promise<string> {
  const folder = join(root, '.cache', 'test', `${name}-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, 'standalone.mjs')
  await build({
    entryPoints: [join(root, 'src/apiserver/testing/standalone.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  })
  cpSync(join(root, 'src/apiserver/openapi/data'), join(folder, 'data'), { recursive: true })
  return outfile
}

/** Starts it on a store file; resolves when it serves. */
export async function startStandalone(program: string, file: string): Promise<Standalone> {
  const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    exited.then(([code]) => {
      throw new Error(`the API server ended with ${String(code)} before it was ready`)
    }),
  ])
  return {
    ...(JSON.parse(first) as Omit<Standalone, 'process' | 'end'>),
    process: child,
    async end(signal) {
      child.kill(signal)
      await exited
    },
  }
}
