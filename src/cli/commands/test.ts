// sallyport test: routing tests on the model of files or of a cluster, and with --live on the cluster itself.
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { createCompiler } from '../../compile/compile.ts'
import { assumeGateway } from '../../control/assume-gateway.ts'
import { UserError } from '../../control/user-error.ts'
import { jsonReport, junitReport, tapReport, textReport } from '../../explain/routing-tests/reports.ts'
import type { TestReport } from '../../explain/routing-tests/routing-test.ts'
import { runTests } from '../../explain/routing-tests/run-tests.ts'
import { inspectPem } from '../../pki/inspect.ts'
import { findRunning } from '../cluster-options.ts'
import { runLive } from '../live-tests.ts'
import { addObjectOptions, isElsewhere, type ObjectOptions, readObjects } from '../read-objects.ts'
import { readTests } from '../test-files.ts'

interface TestOptions extends ObjectOptions {
  readonly format: 'text' | 'json' | 'junit' | 'tap'
  readonly live?: true
}

export function register(command: Command): void {
  addObjectOptions(command)
    .argument(
      '<file...>',
      'files, folders or patterns of routing tests (YAML); also those of istio-config-validator',
    )
    .addOption(
      new Option('-o, --format <format>', 'how to print')
        .choices(['text', 'json', 'junit', 'tap'])
        .default('text'),
    )
    .option('--live', 'send each request to the running cluster as well')
    .addHelpText(
      'after',
      `
Exit code: 0 all passed, 1 a test failed, 2 wrong usage or a test that cannot be read.

Examples:
  $ sallyport test routing-tests.yaml -f manifests/
  $ sallyport test routing-tests.yaml --live
  $ sallyport test tests/ --kubeconfig ~/.kube/config --format junit > routing.xml`,
    )
    .action(runTestFiles)
}

async function runTestFiles(files: readonly string[], options: TestOptions, command: Command): Promise<void> {
  const { tests, problems } = readTests(files)
  if (problems.length > 0) command.error(problems.map((one) => `error: ${one}`).join('\n'))
  if (options.live && (options.filename || isElsewhere(options)))
    command.error('error: --live needs a cluster that runs here; leave -f, --kubeconfig and --context away')
  const { snapshot: read } = await readObjects(options)
  const snapshot = tests.some(({ expect }) => expect.declared) ? assumeGateway(read) : read
  const { model } = createCompiler().compile(snapshot)
  const predicted = runTests(tests, { model, snapshot, certificates })
  const report = options.live ? await runLive(predicted, snapshot, findRunning(options)) : predicted
  print(report, options.format)
  if (report.results.some((one) => one.problems.length > 0)) process.exitCode = 1
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError(
      `${file} cannot be read: ${error instanceof Error ? error.message : error}`,
      'Correct the path.',
    )
  }
}

function certificates(file: string) {
  const { content } = inspectPem(Buffer.from(readText(file)))
  return content.kind === 'certificates' ? content.certificates : undefined
}

function print(report: TestReport, format: TestOptions['format']): void {
  const text = {
    text: textReport,
    junit: junitReport,
    tap: tapReport,
    json: (one: TestReport) => `${JSON.stringify(jsonReport(one), null, 2)}\n`,
  }[format](report)
  process.stdout.write(text)
}
