// sallyport lint: everything that is wrong with files or with a cluster, before traffic finds out.
import { readFileSync, writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { createCompiler } from '../../compile/compile.ts'
import { clusterSnapshot } from '../../control/cluster-snapshot.ts'
import { type FileSnapshot, fileSnapshot } from '../../control/file-snapshot.ts'
import { version } from '../../control/package-root.ts'
import { UserError } from '../../control/user-error.ts'
import { catalogue } from '../../diagnostics/catalogue.ts'
import type { Diagnostic, Severity } from '../../diagnostics/diagnostic.ts'
import { githubCommands } from '../../diagnostics/github.ts'
import { diagnosticJson } from '../../diagnostics/json.ts'
import { sarifLog } from '../../diagnostics/sarif.ts'
import { renderDiagnostics } from '../../diagnostics/terminal.ts'
import { lint as findAll } from '../../explain/lint/lint.ts'
import { applyFix } from '../../sources/files/apply-fix.ts'
import { addClusterOptions, type ClusterOptions, findRunning } from '../cluster-options.ts'
import { printJson } from '../output-option.ts'

interface LintOptions extends ClusterOptions {
  readonly filename?: readonly string[]
  readonly namespace?: string
  readonly kubeconfig?: string
  readonly context?: string
  readonly format: 'text' | 'json' | 'sarif' | 'github'
  readonly failOn: Severity
  readonly fix?: boolean
  readonly ignore?: readonly string[]
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 }

export function register(command: Command): void {
  addClusterOptions(command)
    .option('-f, --filename <path...>', 'files and folders of manifests')
    .option('-n, --namespace <name>', 'of objects in files that name none')
    .addOption(
      new Option('--kubeconfig <path>', 'lint the cluster of this kubeconfig (it is only read)').conflicts(
        'filename',
      ),
    )
    .addOption(new Option('--context <name>', 'the context of the kubeconfig').conflicts('filename'))
    .addOption(
      new Option('--format <format>', 'how to print')
        .choices(['text', 'json', 'sarif', 'github'])
        .default('text'),
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 for findings of this severity or above')
        .choices(['error', 'warning', 'info'])
        .default('error'),
    )
    .option('--ignore <code...>', 'findings to leave out, such as SP0201 where secrets are not in the files')
    .option('--fix', 'edit the files where a finding has one sure repair; comments stay')
    .addHelpText(
      'after',
      `
Without -f the running cluster is looked at.
Exit code: 0 nothing found, or nothing as severe as --fail-on; 1 findings; 2 wrong usage.

Examples:
  $ sallyport lint -f manifests/
  $ sallyport lint -f manifests/ --format sarif > lint.sarif
  $ sallyport lint -f manifests/ --ignore SP0201 --fail-on warning
  $ sallyport lint -f manifests/ --fix
  $ sallyport lint --kubeconfig ~/.kube/config --context production`,
    )
    .action(lint)
}

async function read(options: LintOptions): Promise<FileSnapshot> {
  const { filename, namespace, kubeconfig, context } = options
  const now = Date.now()
  if (filename === undefined) {
    const elsewhere = kubeconfig !== undefined || context !== undefined
    const choice = elsewhere
      ? { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) }
      : { kubeconfig: findRunning(options).paths.kubeconfig }
    return { snapshot: await clusterSnapshot(choice, now), diagnostics: [], texts: new Map() }
  }
  return fileSnapshot(filename, { now, ...(namespace === undefined ? {} : { namespace }) }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.path === undefined) throw error
      throw new UserError(
        `${error.path} cannot be read: ${error.message}`,
        'Correct the path after -f.',
        error,
      )
    },
  )
}

function findingsOf(
  { snapshot, diagnostics }: FileSnapshot,
  ignored: readonly string[],
): readonly Diagnostic[] {
  const compiled = createCompiler().compile(snapshot)
  const all = findAll({
    snapshot,
    model: compiled.model,
    diagnostics: [...diagnostics, ...compiled.diagnostics],
  })
  return all.filter(({ code }) => !ignored.includes(code))
}

/** Edits the files; returns the findings that were repaired. */
function repair(findings: readonly Diagnostic[], namespace: string | undefined): readonly Diagnostic[] {
  return findings.filter(({ fix, origin: { object, file } }) => {
    if (fix === undefined || object === undefined || file === undefined) return false
    const text = readFileSync(file, 'utf8')
    const edited = applyFix(text, object, fix, namespace)
    if (edited === text) return false
    writeFileSync(file, edited)
    return true
  })
}

function print(
  findings: readonly Diagnostic[],
  texts: FileSnapshot['texts'],
  format: LintOptions['format'],
): void {
  if (format === 'json') printJson(findings.map(diagnosticJson))
  else if (format === 'sarif') printJson(sarifLog(findings, version))
  else if (format === 'github') process.stdout.write(githubCommands(findings))
  else {
    const color = Boolean(process.stdout.isTTY) && !process.env['NO_COLOR']
    const text = renderDiagnostics(findings, { source: (file) => texts.get(file), color })
    process.stdout.write(text === '' ? 'Nothing found.\n' : text)
  }
}

async function lint(options: LintOptions, command: Command): Promise<void> {
  if (options.fix === true && options.filename === undefined) {
    command.error('error: --fix edits files only: name them with -f')
  }
  const ignored = options.ignore ?? []
  const unknown = ignored.find((code) => !(code in catalogue))
  if (unknown !== undefined) command.error(`error: ${unknown} is no code: see docs/diagnostics.md`)
  let input = await read(options)
  let findings = findingsOf(input, ignored)
  if (options.fix === true) {
    const repaired = repair(findings, options.namespace)
    for (const { code, origin } of repaired) process.stderr.write(`repaired ${code} in ${origin.file}\n`)
    if (repaired.length > 0) {
      input = await read(options)
      findings = findingsOf(input, ignored)
    }
  }
  print(findings, input.texts, options.format)
  if (findings.some(({ severity }) => RANK[severity] >= RANK[options.failOn])) process.exitCode = 1
}
