// Diagnostics for people at a terminal: what is wrong, the source line it is on, and what to change.
import colors from 'picocolors'
import { catalogue } from './catalogue.ts'
import type { Diagnostic, Severity } from './diagnostic.ts'
import { formatRef, type Origin } from './origin.ts'

export interface TerminalOptions {
  /** The text of a file that origins name, for the frame; undefined leaves the frame out. */
  readonly source?: (file: string) => string | undefined
  readonly color?: boolean
}

type Palette = ReturnType<typeof colors.createColors>

const marks: Readonly<Record<Severity, string>> = { error: '✘', warning: '▲', info: 'ℹ' }

function paint(palette: Palette, severity: Severity, text: string): string {
  if (severity === 'error') return palette.red(text)
  return severity === 'warning' ? palette.yellow(text) : palette.blue(text)
}

/** `in.yaml:12:5: Ingress a/b spec.tls[0]`; leaves out what is not known. */
function place(origin: Origin): string {
  const position = [origin.file, origin.line, origin.column].filter((part) => part !== undefined).join(':')
  const subject = [origin.object && formatRef(origin.object), origin.field].filter(Boolean).join(' ')
  return [position, subject].filter((part) => part !== '').join(': ')
}

/** The line of the origin with a mark under the word that begins there. */
function frame(origin: Origin, { source }: TerminalOptions, palette: Palette): readonly string[] {
  if (origin.file === undefined || origin.line === undefined) return []
  const line = source?.(origin.file)?.split('\n')[origin.line - 1]
  if (line === undefined) return []
  const number = String(origin.line)
  const start = (origin.column ?? 1) - 1
  const length = Math.max(/^[^\s:]+/.exec(line.slice(start))?.[0].length ?? 1, 1)
  const gap = ' '.repeat(number.length)
  return [
    `    ${palette.dim(`${number} │`)} ${line}`,
    `    ${palette.dim(`${gap} ╵`)} ${' '.repeat(start)}${palette.green('~'.repeat(length))}`,
  ]
}

/** One diagnostic, several lines, ending in a newline. */
export function renderDiagnostic(diagnostic: Diagnostic, options: TerminalOptions = {}): string {
  const palette = colors.createColors(options.color ?? false)
  const { code, severity, message, origin, advice, related = [] } = diagnostic
  const head = `${marks[severity]} [${severity.toUpperCase()}] ${code}`
  const where = place(origin)
  const help = advice ?? catalogue[code].fix
  return [
    `${paint(palette, severity, head)} ${palette.bold(message)}`,
    '',
    ...(where === '' ? [] : [`  ${where}:`]),
    ...frame(origin, options, palette),
    ...(help === '' ? [] : ['', `  ${help}`]),
    ...related.flatMap((one) => [
      '',
      `  ${one.message}`,
      `  ${place(one.origin)}:`,
      ...frame(one.origin, options, palette),
    ]),
    '',
  ]
    .map((line) => line.trimEnd())
    .concat('')
    .join('\n')
}

/** All of them, then how many of each severity there are; empty for none. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: TerminalOptions = {}): string {
  if (diagnostics.length === 0) return ''
  const count = (severity: Severity, one: string, many: string): string[] => {
    const number = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`]
  }
  const summary = [
    ...count('error', 'error', 'errors'),
    ...count('warning', 'warning', 'warnings'),
    ...count('info', 'remark', 'remarks'),
  ].join(', ')
  return `${diagnostics.map((one) => renderDiagnostic(one, options)).join('')}${summary}\n`
}
