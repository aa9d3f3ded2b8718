// A running cluster, asked by the admin socket: puts together what its parts know.
import type { Engine, Locate } from '../engines/engine.ts'
import type { RunEnvironment } from '../iks/command-environment.ts'
import type { CommandResult } from '../iks/commands/context.ts'
import { ibmcloud } from '../iks/commands/ibmcloud.ts'
import type { Provider } from '../iks/provider-contract.ts'
import type { StatusWriter } from '../status/writer.ts'
import type { AccessLog } from './access-log.ts'
import type { RunningApi } from './api.ts'
import type { ClusterFile } from './data/cluster-file.ts'
import type { ClusterPaths } from './data/paths.ts'
import { doorsOf } from './doors.ts'
import type { Loop, LoopState } from './loop/loop.ts'
import type { RunningNames } from './names.ts'
import { version } from './package-root.ts'
import type { Running, Summary } from './running.ts'
import { answerTrace, type TraceAnswer, type TraceQuestion } from './tracing.ts'
import { UserError } from './user-error.ts'

export interface Parts {
  readonly file: ClusterFile
  readonly paths: ClusterPaths
  readonly locate: Locate
  readonly api: RunningApi
  readonly names: RunningNames
  readonly engine: Engine
  /** As the user would write it. */
  readonly engineText: string
  readonly loop: Loop
  readonly status: StatusWriter
  readonly provider: Provider
  readonly accessLog: AccessLog
  readonly environment: RunEnvironment
  readonly close: () => Promise<void>
}

export class RunningCluster implements Running {
  readonly #parts: Parts
  readonly #started = new Date().toISOString()
  readonly engine: Engine
  readonly accessLog: AccessLog

  constructor(parts: Parts) {
    this.#parts = parts
    this.engine = parts.engine
    this.accessLog = parts.accessLog
  }

  summary(): Summary {
    const { file, paths, api, names, provider, loop, locate } = this.#parts
    return {
      name: file.identity.name,
      id: file.identity.id,
      version,
      pid: process.pid,
      started: this.#started,
      data: paths.folder,
      ephemeral: file.ephemeral,
      kubeconfig: paths.kubeconfig,
      apiServer: api.server.url,
      ...(names.dns === undefined ? {} : { dns: `${names.dns.host}:${names.dns.port}` }),
      engine: this.#parts.engineText,
      doors: doorsOf(provider.domains(), loop.state().snapshot?.objects ?? new Map(), locate),
    }
  }

  state(): LoopState {
    return this.#parts.loop.state()
  }

  async metrics(): Promise<string> {
    const { version: model, took, diagnostics } = this.state()
    const count = (severity: string): number => diagnostics.filter((one) => one.severity === severity).length
    return `${await this.engine.metrics()}
# HELP sallyport_model_version Updates of the model that came into force.
# TYPE sallyport_model_version counter
sallyport_model_version ${model}
# HELP sallyport_model_seconds Time that the last update took, by step.
# TYPE sallyport_model_seconds gauge
sallyport_model_seconds{step="compile"} ${took.compile / 1000}
sallyport_model_seconds{step="apply"} ${took.apply / 1000}
# HELP sallyport_diagnostics Findings that hold now.
# TYPE sallyport_diagnostics gauge
sallyport_diagnostics{severity="error"} ${count('error')}
sallyport_diagnostics{severity="warning"} ${count('warning')}
`
  }

  environment(): RunEnvironment {
    const { variables, path, nodeOptions, nameFiles } = this.#parts.environment
    return { variables, path, nodeOptions, nameFiles }
  }

  trace(question: TraceQuestion): TraceAnswer {
    const state = this.state()
    const { snapshot } = state
    if (!snapshot) throw new UserError('the cluster has no model yet', 'Try again in a moment.')
    return answerTrace(question, state, snapshot, (name) => this.#parts.names.zones.addresses(name)?.[0])
  }

  ibmcloud(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CommandResult> {
    const { provider, api } = this.#parts
    return ibmcloud(args, { provider, env, kubeconfig: async () => api.kubeconfig })
  }

  async settled(): Promise<void> {
    await this.#parts.loop.settled()
    await this.#parts.status.settled()
  }

  close(): Promise<void> {
    return this.#parts.close()
  }
}
