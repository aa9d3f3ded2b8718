// The entry point of the command line. Only the chosen command is loaded, so that each starts fast.
import { Command, CommanderError } from 'commander'
import { version } from '../control/package-root.ts'
import { fail, USAGE_ERROR } from './fail.ts'

/** Adds options, arguments, examples and the action to the command named in the table below. */
export type Register = (command: Command) => void

interface Entry {
  readonly summary: string
  readonly load: () => Promise<{ readonly register: Register }>
  readonly hidden?: boolean
}

/** One line per command: its file defines the rest. In the order of `--help`. */
const commands: Readonly<Record<string, Entry>> = {
  up: { summary: 'start a cluster, or resume one', load: () => import('./commands/up.ts') },
  run: { summary: 'run a command inside the cluster', load: () => import('./commands/run.ts') },
  shell: { summary: 'open a shell inside the cluster', load: () => import('./commands/shell.ts') },
  status: { summary: 'show what runs', load: () => import('./commands/status.ts') },
  logs: { summary: 'show the access log of every hop', load: () => import('./commands/logs.ts') },
  down: { summary: 'stop a cluster', load: () => import('./commands/down.ts') },
  samples: { summary: 'copy the sample manifests here', load: () => import('./commands/samples.ts') },
  demo: { summary: 'play the article on a throwaway cluster', load: () => import('./commands/demo.ts') },
  trace: {
    summary: 'explain what happens to a request, door by door',
    load: () => import('./commands/trace.ts'),
  },
  test: { summary: 'run routing tests on files or a cluster', load: () => import('./commands/test.ts') },
  why: {
    summary: 'explain a code, a flag, or a request that failed',
    load: () => import('./commands/why.ts'),
  },
  graph: {
    summary: 'draw what stands between clients and services',
    load: () => import('./commands/graph.ts'),
  },
  lint: { summary: 'find what is wrong, in files or a cluster', load: () => import('./commands/lint.ts') },
  compile: { summary: 'show the model that files make', load: () => import('./commands/compile.ts') },
  xds: { summary: 'serve Envoys that run elsewhere, from files', load: () => import('./commands/xds.ts') },
  ibmcloud: {
    summary: "the provider's command, as `ibmcloud` inside the cluster",
    load: () => import('./commands/ibmcloud.ts'),
    hidden: true,
  },
  curl: { summary: 'stands in for curl in the demo', load: () => import('./commands/curl.ts'), hidden: true },
}

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('sallyport')
    .description('The two-door entrance for HTTP traffic into a service mesh, on a bare machine.')
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText(
      'after',
      '\nStart with:\n  $ sallyport up --detach\n  $ sallyport shell\n\nExit code: 0 done, 1 not done, 2 the command was typed wrongly. -o json prints data for programs.',
    )
    .exitOverride()
  const chosen = args.find((arg) => !arg.startsWith('-'))
  for (const [name, { summary, load, hidden }] of Object.entries(commands)) {
    const command = program.command(name, { hidden: hidden ?? false }).summary(summary)
    command.description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    if (name === chosen || (chosen === 'help' && args.includes(name))) (await load()).register(command)
  }
  await program.parseAsync(args, { from: 'user' })
}

// A reader that goes away (`sallyport logs | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR
  else fail(error)
}
