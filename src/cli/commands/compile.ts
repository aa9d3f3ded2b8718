// sallyport compile: the model that files make, and what is wrong with them, without a cluster.
import type { Command } from 'commander'
import { createCompiler } from '../../compile/compile.ts'
import { type FileSnapshot, fileSnapshot } from '../../control/file-snapshot.ts'
import { UserError } from '../../control/user-error.ts'
import { diagnosticJson } from '../../diagnostics/json.ts'
import { renderDiagnostics } from '../../diagnostics/terminal.ts'
import { printModel } from '../../ir/print.ts'
import { addOutputOption, type OutputOption, printJson } from '../output-option.ts'

interface CompileOptions extends OutputOption {
  readonly filename: readonly string[]
  readonly namespace?: string
}

export function register(command: Command): void {
  addOutputOption(command)
    .requiredOption('-f, --filename <path...>', 'files and folders of manifests')
    .option('-n, --namespace <name>', 'of objects that name none')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport compile -f manifests/\n  $ sallyport compile -f ingress.yaml -o json',
    )
    .action(compile)
}

async function compile(options: CompileOptions): Promise<void> {
  const { namespace } = options
  const read = await fileSnapshot(options.filename, {
    now: Date.now(),
    ...(namespace === undefined ? {} : { namespace }),
  }).catch((error: NodeJS.ErrnoException): FileSnapshot => {
    if (error.path === undefined) throw error
    throw new UserError(`${error.path} cannot be read: ${error.message}`, 'Correct the path after -f.', error)
  })
  const { model, diagnostics } = createCompiler().compile(read.snapshot)
  const findings = [...read.diagnostics, ...diagnostics]
  if (options.output === 'json') printJson({ model, diagnostics: findings.map(diagnosticJson) })
  else {
    process.stdout.write(printModel(model))
    const color = Boolean(process.stderr.isTTY) && !process.env['NO_COLOR']
    process.stderr.write(renderDiagnostics(findings, { source: (file) => read.texts.get(file), color }))
  }
  if (findings.some((finding) => finding.severity === 'error')) process.exitCode = 1
}
