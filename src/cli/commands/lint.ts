// sallyport lint: everything that is wrong with files or with a cluster, before traffic finds out.
import { readFileSync, writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { createCompiler } from '../../compile/compile.ts'
import type { FileSnapshot } from '../../control/file-snapshot.ts'
import { version } from '../../control/package-root.ts'
import { catalogue } from '../../diagnostics/catalogue.ts'
import type { Diagnostic, Severity } from '../../diagnostics/diagnostic.ts'
import { githubCommands } from '../../diagnostics/github.ts'
import { diagnosticJson } from '../../diagnostics/json.ts'
import { sarifLog } from '../../diagnostics/sarif.ts'
import { renderDiagnostics } from '../../diagnostics/terminal.ts'
import { lint as findAll } from '../../explain/lint/lint.ts'
import { applyFix } from '../../sources/files/apply-fix.ts'
import { printJson } from '../output-option.ts'
import { addObjectOptions, type ObjectOptions, readObjects } from '../read-objects.ts'

interface LintOptions extends ObjectOptions {
  readonly format: 'text' | 'json' | 'sarif' | 'github'
  readonly failOn: Severity
  readonly fix?: boolean
  readonly ignore?: readonly string[]
}

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2 }

export function register(command: Command): void {
  addObjectOptions(command)
    .addOption(
      new Option('-o, --format <format>', 'how to print')
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
  let input = await readObjects(options)
  let findings = findingsOf(input, ignored)
  if (options.fix === true) {
    const repaired = repair(findings, options.namespace)
    for (const { code, origin } of repaired) process.stderr.write(`repaired ${code} in ${origin.file}\n`)
    if (repaired.length > 0) {
      input = await readObjects(options)
      findings = findingsOf(input, ignored)
    }
  }
  print(findings, input.texts, options.format)
  if (findings.some(({ severity }) => RANK[severity] >= RANK[options.failOn])) process.exitCode = 1
}
