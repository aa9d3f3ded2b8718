// Diagnostics as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.
import type { Diagnostic, Severity } from './diagnostic.ts'
import { formatOrigin } from './origin.ts'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** One command per diagnostic, each ending in a newline. */
export function githubCommands(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ code, severity, message, origin, advice }) => {
      const properties = [
        ...(origin.file === undefined ? [] : [`file=${property(origin.file)}`]),
        ...(origin.line === undefined ? [] : [`line=${origin.line}`]),
        ...(origin.column === undefined ? [] : [`col=${origin.column}`]),
        `title=${property(code)}`,
      ]
      const { object, field } = origin
      const where = formatOrigin({ ...(object ? { object } : {}), ...(field ? { field } : {}) })
      const text = [where === '' ? message : `${where}: ${message}`, ...(advice ? [advice] : [])].join('\n')
      return `::${COMMANDS[severity]} ${properties.join(',')}::${data(text)}\n`
    })
    .join('')
}
