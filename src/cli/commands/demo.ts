// sallyport demo: the article, played on an ephemeral cluster with the real kubectl and curl.
import type { Command } from 'commander'

export interface DemoOptions {
  readonly pause?: true
}

export function register(command: Command): void {
  command
    .option('--pause', 'wait for Enter after each step')
    .addHelpText('after', '\nExamples:\n  $ sallyport demo\n  $ sallyport demo --pause')
    .action(async (options: DemoOptions) => {
      const { demo } = await import('../demo/demo.ts')
      await demo(options)
    })
}
