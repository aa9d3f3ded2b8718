// A running cluster as the admin socket and the command line see it.
import type { Engine } from '../engines/engine.ts'
import type { RunEnvironment } from '../iks/command-environment.ts'
import type { CommandResult } from '../iks/commands/context.ts'
import type { AccessLog } from './access-log.ts'
import type { LoopState } from './loop/loop.ts'
import type { TraceAnswer, TraceQuestion } from './tracing.ts'

/** What `up` and `status` print. */
export interface Summary {
  readonly name: string
  readonly id: string
  readonly version: string
  readonly pid: number
  /** RFC 3339. */
  readonly started: string
  readonly data: string
  readonly ephemeral: boolean
  readonly kubeconfig: string
  readonly apiServer: string
  /** Where the DNS server is; absent when its port could not be bound. */
  readonly dns?: string
  readonly engine: string
  /** Domains with the addresses that they name and the real places of their ports. */
  readonly doors: readonly Door[]
}

export interface Door {
  readonly kind: 'alb' | 'gateway'
  /** Absent for a gateway without a registered domain. */
  readonly domain?: string
  readonly address: string
  /** Where a program that knows no proxy reaches port 443: `127.7.1.1:443`, or the mapped port. */
  readonly https: string
  readonly secret?: string
  readonly status?: string
}

export interface Running {
  summary(): Summary
  state(): LoopState
  readonly engine: Engine
  readonly accessLog: AccessLog
  /** Prometheus text of engine and control. */
  metrics(): Promise<string>
  environment(): RunEnvironment
  /** Traces a request over the model in force. Throws UserError for what cannot be read, or before the first model. */
  trace(question: TraceQuestion): TraceAnswer
  /** Runs `ibmcloud` with these arguments; `environment` is that of the caller. */
  ibmcloud(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<CommandResult>
  /** Resolves when every change made so far is served and every status is written. */
  settled(): Promise<void>
  close(): Promise<void>
}
