// sallyport logs: the access log lines of every hop, in the order in which they were written.
import { type Command, InvalidArgumentError } from 'commander'
import pc from 'picocolors'
import { adminLines } from '../../admin/client.ts'
import type { AccessLine } from '../../control/access-log.ts'
import { addClusterOptions, type ClusterOptions, findRunning } from '../cluster-options.ts'
import { addOutputOption, type OutputOption } from '../output-option.ts'

interface LogsOptions extends ClusterOptions, OutputOption {
  readonly follow?: true
  readonly tail: number
  readonly proxy?: string
}

export function register(command: Command): void {
  addOutputOption(addClusterOptions(command))
    .option('-f, --follow', 'go on as lines are written')
    .option('--tail <lines>', 'how many of the last lines to show', parseCount, 100)
    .option('--proxy <part>', 'only of proxies whose id contains this: alb/, gateway/, sidecar/httptools/')
    .addHelpText('after', '\nExamples:\n  $ sallyport logs -f\n  $ sallyport logs --proxy alb/ --tail 10')
    .action(logs)
}

async function logs(options: LogsOptions): Promise<void> {
  const { runtime } = findRunning(options)
  const query = new URLSearchParams({
    tail: String(options.tail),
    follow: String(options.follow ?? false),
    proxy: options.proxy ?? '',
  })
  for await (const entry of adminLines<AccessLine>(runtime.socket, `/logs?${query}`)) {
    process.stdout.write(
      options.output === 'json' ? `${JSON.stringify(entry)}\n` : `${pc.dim(entry.proxy)} ${entry.line}\n`,
    )
  }
}

function parseCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('Write a number of lines.')
  return count
}
