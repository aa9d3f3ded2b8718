// sallyport status: what runs, hop by hop, and what is wrong.
import type { Command } from 'commander'
import pc from 'picocolors'
import { adminJson } from '../../admin/client.ts'
import type { Summary } from '../../control/running.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { renderDiagnostics } from '../../diagnostics/terminal.ts'
import type { EngineStatus } from '../../engines/engine.ts'
import { addClusterOptions, type ClusterOptions, findRunning } from '../cluster-options.ts'
import { addOutputOption, type OutputOption, printJson } from '../output-option.ts'
import { summaryText } from '../print/summary.ts'

interface Status extends Summary {
  readonly model: { readonly version: number }
  readonly proxies: EngineStatus['proxies']
  readonly workers?: EngineStatus['workers']
  readonly diagnostics: readonly Diagnostic[]
}

export function register(command: Command): void {
  addOutputOption(addClusterOptions(command))
    .addHelpText('after', '\nExamples:\n  $ sallyport status\n  $ sallyport status -o json')
    .action(async (options: ClusterOptions & OutputOption) => {
      const { runtime } = findRunning(options)
      const status = await adminJson<Status>(runtime.socket, 'GET', '/status')
      if (options.output === 'json') printJson(status)
      else process.stdout.write(statusText(status))
    })
}

function statusText(status: Status): string {
  const head = `cluster ${pc.bold(status.name)} runs since ${status.started} (pid ${status.pid}, engine ${status.engine}${
    status.ephemeral ? ', ephemeral' : ''
  })\n\n`
  return `${head}${summaryText(status)}${workersText(status.workers)}\n${proxiesText(status.proxies)}${findingsText(status.diagnostics)}`
}

function workersText(workers: EngineStatus['workers']): string {
  if (workers === undefined) return ''
  const running = workers.filter(({ state }) => state === 'running').length
  const restarts = workers.reduce((sum, worker) => sum + worker.restarts, 0)
  const missing =
    running < workers.length ? pc.yellow(`${running} of ${workers.length} run`) : `${running} run`
  const ended =
    restarts === 0 ? '' : pc.dim(`, ${restarts} ended and ${restarts === 1 ? 'was' : 'were'} replaced`)
  return `  ${pc.dim('workers'.padEnd(11))}${missing}${ended}\n`
}

function proxiesText(proxies: EngineStatus['proxies']): string {
  return proxies
    .map(({ id, listeners }) => {
      const places = listeners.map(({ address, port, state }) => {
        const place = `${address}:${port}`
        return state === 'listening' ? place : pc.yellow(`${place} (${state})`)
      })
      return `  ${id}\n    ${pc.dim(places.join(' ') || 'no listener')}\n`
    })
    .join('')
}

function findingsText(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.length === 0 ? '' : `\n${renderDiagnostics(diagnostics, { color: pc.isColorSupported })}`
}
