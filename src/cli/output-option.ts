// `-o json`, on every command that prints data.
import { type Command, Option } from 'commander'

export interface OutputOption {
  readonly output: 'text' | 'json'
}

export function addOutputOption(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'),
  )
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}
