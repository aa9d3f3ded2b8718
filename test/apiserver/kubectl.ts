// Runs a real kubectl against a server, with a home and a cache of its own so that nothing of an earlier run is believed.
import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Kubectl {
  /** The kubeconfig's path. */
  readonly config: string
  /** Runs one command to its end, or until its output matches `until`; `input` goes to stdin. */
  run(
    args: string,
    options?: {
      readonly input?: string
      readonly env?: Readonly<Record<string, string>>
      readonly until?: RegExp
    },
  ): Promise<Ran>
  /** Like run; throws with stderr when the command fails. Returns stdout. */
  ok(args: string, input?: string): Promise<string>
  dispose(): void
}

/** The binaries to test: SALLYPORT_KUBECTLS (a path list), else kubectl of PATH, else none. */
export function kubectlBinaries(): readonly string[] {
  const named = process.env['SALLYPORT_KUBECTLS']
  if (named) return named.split(delimiter).filter((path) => path !== '')
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'kubectl')
    try {
      accessSync(path, constants.X_OK)
      return [path]
    } catch {
      // Not here.
    }
  }
  return []
}

/** `args` are split at spaces; single quotes keep words together. */
export function kubectl(binary: string, kubeconfig: string): Kubectl {
  const home = mkdtempSync(join(tmpdir(), 'kubectl-'))
  const config = join(home, 'config')
  writeFileSync(config, kubeconfig, { mode: 0o600 })
  const run: Kubectl['run'] = (args, { input, env, until } = {}) =>
    new Promise((resolve, reject) => {
      const words = args.match(/(?:'[^']*'|[^\s'])+/g)?.map((word) => word.replaceAll("'", '')) ?? []
      const child = spawn(binary, ['--cache-dir', join(home, 'cache'), ...words], {
        env: { PATH: process.env['PATH'], HOME: home, KUBECONFIG: config, ...env },
        stdio: 'pipe',
      })
      const chunks = { out: '', err: '' }
      child.stdout.on('data', (chunk) => {
        chunks.out += String(chunk)
        if (until?.test(chunks.out)) child.kill()
      })
      child.stderr.on('data', (chunk) => {
        chunks.err += String(chunk)
      })
      child.on('error', reject)
      child.on('close', (code) => resolve({ code: code ?? -1, ...chunks }))
      child.stdin.on('error', () => {})
      child.stdin.end(input ?? '')
    })
  return {
    config,
    run,
    async ok(args, input) {
      const { code, out, err } = await run(args, input === undefined ? {} : { input })
      if (code !== 0) throw new Error(`kubectl ${args}: exit ${code}\n${out}${err}`)
      return out
    },
    dispose: () => rmSync(home, { recursive: true, force: true }),
  }
}
