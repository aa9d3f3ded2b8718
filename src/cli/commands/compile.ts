// sallyport compile: the model that a folder of files makes.
import type { Command } from 'commander'

export function register(command: Command): void {
  command.addHelpText('after', '')
}
