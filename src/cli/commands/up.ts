// sallyport up: starts a cluster in this process, or in one of its own with --detach.
import { availableParallelism } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { adminJson } from '../../admin/client.ts'
import { clusterPaths, dataRoot } from '../../control/data/paths.ts'
import { isAlive, readRuntime } from '../../control/data/runtime-file.ts'
import { type EngineChoice, everywhere, parseEngineChoice } from '../../control/engine/choice.ts'
import type { StartOptions } from '../../control/options.ts'
import type { Summary } from '../../control/running.ts'
import { readSettings } from '../../control/settings.ts'
import { UserError } from '../../control/user-error.ts'
import { manifestFiles } from '../../sources/files/manifest-files.ts'
import { DEFAULT_NAME } from '../cluster-options.ts'
import { parseDuration } from '../duration.ts'
import { addOutputOption, type OutputOption, printJson } from '../output-option.ts'
import { nextCommand, summaryText } from '../print/summary.ts'
import { readingPaths } from '../reading-paths.ts'

const MOST_WORKERS = 256

export interface UpOptions extends OutputOption {
  readonly name: string
  readonly data?: string
  readonly detach?: true
  readonly ephemeral?: true
  readonly engine: EngineChoice
  readonly filename: readonly string[]
  readonly config?: string
  readonly issuerProfile: 'classic' | '2026'
  readonly refreshCopies: boolean
  readonly certLifetime?: number
  readonly certRenewBefore?: number
  readonly meshCertLifetime?: number
  readonly hops?: 'wire' | 'memory'
  readonly workers: number
  readonly metricsPort?: number
  /** Set on the process that --detach starts. */
  readonly daemon?: true
}

export function register(command: Command): void {
  addOutputOption(command)
    .option('--name <cluster>', 'its name', process.env['SALLYPORT_CLUSTER'] ?? DEFAULT_NAME)
    .option(
      '--data <folder>',
      'where clusters are kept (default: SALLYPORT_DATA, or the platform’s data folder)',
    )
    .option('-d, --detach', 'return once it is ready, and leave it running')
    .option('--ephemeral', 'keep nothing when it stops')
    .option(
      '--engine <choice>',
      'what carries the traffic: node, envoy, or both: alb=node,gateway=envoy,sidecar=node',
      parseEngine,
      everywhere('node'),
    )
    .option(
      '-f, --filename <path>',
      'apply this file or folder once it is ready (may be repeated)',
      collect,
      [],
    )
    .option(
      '--config <file>',
      'settings, such as commands for images (default: sallyport.yaml if there is one)',
    )
    .addOption(
      new Option(
        '--issuer-profile <profile>',
        'certificates with clientAuth (classic), or without as public CAs now issue them',
      )
        .choices(['classic', '2026'])
        .default('classic'),
    )
    .option('--no-refresh-copies', 'report copies of renewed certificates instead of refreshing them')
    .option('--cert-lifetime <duration>', 'of the certificates of domains (90d)', parseDuration)
    .option(
      '--cert-renew-before <duration>',
      'how long before they expire they are renewed (37d)',
      parseDuration,
    )
    .option(
      '--mesh-cert-lifetime <duration>',
      'of workload certificates, renewed at half of it (24h)',
      parseDuration,
    )
    .addOption(new Option('--hops <how>', 'how hops of this process meet').choices(['wire', 'memory']))
    .option(
      '--workers <n>',
      'processes that share the listeners of the node engine, auto: one per processor (1 is this process)',
      parseWorkers,
      1,
    )
    .option('--metrics-port <port>', 'serve /metrics and /healthz on this loopback port', parsePort)
    .addOption(new Option('--daemon').hideHelp())
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport up\n  $ sallyport up --detach -o json\n  $ sallyport up --ephemeral -f manifests/',
    )
    .action(up)
}

async function up(options: UpOptions): Promise<void> {
  if (options.workers > 1 && !Object.values(options.engine).includes('node')) {
    throw new UserError(
      '--workers is for the node engine, and no proxy is on it',
      'Leave it out, or choose an --engine with node.',
    )
  }
  // Before anything is started for files that are not there.
  const filename = await readingPaths(() => manifestFiles(options.filename))
  const root = dataRoot(options.data)
  const paths = clusterPaths(root, options.name)
  const runtime = readRuntime(paths.runtime)
  if (runtime && isAlive(runtime) && !options.daemon) {
    const summary = await adminJson<Summary>(runtime.socket, 'GET', '/status')
    if (filename.length > 0) {
      const { applyFiles } = await import('../apply-files.ts')
      await applyFiles(summary.kubeconfig, filename)
    }
    print(options, summary, `cluster ${summary.name} runs already (pid ${summary.pid})`)
    return
  }
  if (options.detach && !options.daemon) {
    const { startDaemon } = await import('../daemon.ts')
    const { summary, tookMs } = await startDaemon(paths, process.argv.slice(2))
    print(options, summary, `cluster ${summary.name} is up (${seconds(tookMs)}, pid ${summary.pid})`)
    return
  }
  const { runForeground } = await import('../foreground.ts')
  const { collectorOf } = await import('../../control/otlp-environment.ts')
  const start = { ...startOptions(options, root), collector: await collectorOf(process.env) }
  await runForeground(start, { ...options, filename }, (summary, tookMs) => {
    print(options, summary, `cluster ${summary.name} is up (${seconds(tookMs)}); Ctrl-C stops it`)
  })
}

function startOptions(options: UpOptions, root: string): Omit<StartOptions, 'log' | 'progress'> {
  return {
    name: options.name,
    root,
    ephemeral: options.ephemeral ?? false,
    engine: options.engine,
    issuerProfile: options.issuerProfile,
    refreshCopies: options.refreshCopies,
    images: readSettings(options.config, process.cwd()).images,
    ...(options.certLifetime === undefined ? {} : { certificateLifetimeMs: options.certLifetime }),
    ...(options.certRenewBefore === undefined ? {} : { renewBeforeMs: options.certRenewBefore }),
    ...(options.meshCertLifetime === undefined
      ? {}
      : { meshCertificateLifetimeMs: options.meshCertLifetime }),
    ...(options.hops === undefined ? {} : { hops: options.hops }),
    ...(options.workers === 1 ? {} : { workers: options.workers }),
  }
}

function print(options: UpOptions, summary: Summary, headline: string): void {
  if (options.output === 'json') printJson(summary)
  else process.stdout.write(`${headline}\n\n${summaryText(summary)}\n${nextCommand(summary, options)}`)
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value]

function parseEngine(text: string): EngineChoice {
  const choice = parseEngineChoice(text)
  if (!choice) throw new InvalidArgumentError('Write node, envoy, or a list such as alb=node,gateway=envoy.')
  return choice
}

function parseWorkers(text: string): number {
  const count = text === 'auto' ? availableParallelism() : Number(text)
  if (!Number.isInteger(count) || count < 1 || count > MOST_WORKERS)
    throw new InvalidArgumentError(`Write auto, or a number between 1 and ${MOST_WORKERS}.`)
  return count
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('Write a port between 1 and 65535.')
  return port
}
