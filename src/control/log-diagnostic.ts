// A diagnostic as one line of the log.
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatOrigin } from '../diagnostics/origin.ts'

export function logLine({ severity, code, message, origin, advice }: Diagnostic): string {
  const where = formatOrigin(origin)
  return [`${severity} ${code}`, where === '' ? message : `${where}: ${message}`, advice]
    .filter(Boolean)
    .join(' ')
}
