// Runs a cluster in this process until it is told to stop.
import { startAdminServer } from '../admin/server.ts'
import { type ClusterPaths, clusterPaths } from '../control/data/paths.ts'
import { processMark, writeRuntime } from '../control/data/runtime-file.ts'
import type { StartOptions } from '../control/options.ts'
import { version } from '../control/package-root.ts'
import type { Running, Summary } from '../control/running.ts'
import { startSallyport } from '../control/start.ts'
import { userErrorOf } from '../control/user-error.ts'
import type { DaemonMessage } from './daemon.ts'
import { openLog } from './log-file.ts'
import { progressLine } from './progress.ts'

export interface ForegroundOptions {
  readonly filename: readonly string[]
  readonly metricsPort?: number
  readonly daemon?: true
}

/** Resolves when the cluster has stopped. `onReady` is told once everything serves. */
export async function runForeground(
  start: Omit<StartOptions, 'log' | 'progress'>,
  options: ForegroundOptions,
  onReady: (summary: Summary, tookMs: number) => void,
): Promise<void> {
  const begun = performance.now()
  const paths = clusterPaths(start.root, start.name)
  const progress = progressLine()
  const log = openLog(paths.log, options.daemon === true)
  const stop = stopSignal()
  try {
    const running = await startSallyport({ ...start, log: log.write, progress: progress.step })
    const replace = () => void running.engine.restart?.().catch((error: Error) => log.write(error.message))
    // As nginx does: the programs that were started before are replaced by those that are installed now.
    process.on('SIGUSR2', replace)
    try {
      await serve(running, paths, options, stop, progress.step, async () => {
        progress.end()
        if (options.daemon) await tell({ summary: running.summary() })
        else onReady(running.summary(), performance.now() - begun)
      })
    } finally {
      process.off('SIGUSR2', replace)
      await running.close()
    }
  } catch (error) {
    if (options.daemon) await tell(reasonOf(error))
    throw error
  } finally {
    progress.end()
    log.close()
    stop.forget()
  }
}

/** Opens the admin socket, applies the files, says that it is ready, and waits until it is to stop. */
async function serve(
  running: Running,
  paths: ClusterPaths,
  options: ForegroundOptions,
  stop: StopSignal,
  step: (text: string) => void,
  ready: () => Promise<void>,
): Promise<void> {
  const { metricsPort, filename } = options
  const admin = await startAdminServer({
    running,
    socket: paths.socket,
    onStop: stop.now,
    ...(metricsPort === undefined ? {} : { metricsPort }),
  })
  try {
    const { started, kubeconfig } = running.summary()
    writeRuntime(paths.runtime, {
      pid: process.pid,
      mark: processMark(process.pid) ?? '',
      version,
      socket: paths.socket,
      started,
    })
    if (filename.length > 0) {
      step('applying files')
      const { applyFiles } = await import('./apply-files.ts')
      await applyFiles(kubeconfig, filename)
    }
    await running.settled()
    await ready()
    await stop.asked
  } finally {
    await admin.close()
  }
}

/** Says something to the `up --detach` that waits for this process; nothing happens when it has gone. */
function tell(message: DaemonMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, () => resolve())
    else resolve()
  })
}

function reasonOf(error: unknown): DaemonMessage {
  const known = userErrorOf(error)
  if (!known) return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  return { error: known.message, ...(known.advice === undefined ? {} : { advice: known.advice }) }
}

interface StopSignal {
  readonly asked: Promise<void>
  readonly now: () => void
  readonly forget: () => void
}

/** Resolves `asked` at the first SIGINT or SIGTERM, or when `now` is called; a second signal ends the process at once. */
function stopSignal(): StopSignal {
  let now: () => void = () => undefined
  const asked = new Promise<void>((resolve) => {
    now = resolve
  })
  let signals = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1
    if (signals > 1) process.exit(signal === 'SIGINT' ? 130 : 143)
    now()
  }
  const names: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of names) process.on(name, onSignal)
  return {
    asked,
    now,
    forget: () => {
      for (const name of names) process.off(name, onSignal)
    },
  }
}
