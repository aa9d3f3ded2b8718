// What the commands share: options that most of them have, the cluster check, and how they refuse.
import type { Command } from 'commander'
import type { Provider } from '../provider-contract.ts'
import type { IbmcloudContext } from './context.ts'
import type { Output } from './output.ts'

export interface CommandScope {
  readonly context: IbmcloudContext
  readonly output: Output
}

/** Registers one command below `parent` under `name` (its name today, or one that it had before). */
export type RegisterCommand = (parent: Command, name: string, scope: CommandScope) => void

/** Ends a command with FAILED and this reason, exit code 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
}

export interface CommonOptions {
  readonly cluster?: string
  readonly output?: string
  readonly json?: true
  readonly q?: true
  readonly s?: true
}

/** Adds `--cluster`, `--output json`, `-q` and the deprecated `--json` and `-s`. */
export function withCommonOptions(command: Command): Command {
  return command
    .requiredOption('-c, --cluster <name or ID>', 'the cluster')
    .option('--output <format>', 'json prints JSON')
    .option('--json', 'deprecated: --output json')
    .option('-q', 'do not print messages')
    .option('-s', 'deprecated: -q')
}

/** The provider, when `--cluster` names the one cluster that is here. */
export function clusterOf({ context }: CommandScope, name: string | undefined): Provider {
  const { identity } = context.provider
  if (name !== identity.name && name !== identity.id)
    throw new CommandFailure(
      `The specified cluster could not be found. The cluster that runs here is ${identity.name} (${identity.id}). (A0006)`,
    )
  return context.provider
}

/** Whether JSON was asked for; another format is refused. */
export function wantsJson(options: CommonOptions): boolean {
  if (options.output !== undefined && options.output.toLowerCase() !== 'json')
    throw new CommandFailure(`The output format '${options.output}' is not supported. Use json.`)
  return options.json === true || options.output !== undefined
}

/** Whether messages are wanted: neither JSON nor quiet. */
export function wantsMessages(options: CommonOptions): boolean {
  return !wantsJson(options) && !options.q && !options.s
}

/** `Retrieving …`, `OK` and an empty line, which stand before a result. */
export function announce({ output }: CommandScope, options: CommonOptions, doing: string): void {
  if (!wantsMessages(options)) return
  output.line(doing)
  output.line('OK')
  output.line()
}

/** The value of a promise of the provider, or the failure with its reason. */
export function accepted<T extends object>(answer: T | { readonly refused: string }): T {
  if ('refused' in answer) throw new CommandFailure(answer.refused)
  return answer
}

/** Collects an option that may be given several times. */
export function several(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}
