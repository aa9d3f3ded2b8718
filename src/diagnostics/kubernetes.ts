// Diagnostics as Kubernetes shows them: events on the object, and the warnings that kubectl prints.
import type { Diagnostic } from './diagnostic.ts'

/** The event for a diagnostic: `describe` shows the code as reason. */
export function diagnosticEvent(diagnostic: Diagnostic): {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
} {
  const { code, severity, message, advice } = diagnostic
  return {
    type: severity === 'info' ? 'Normal' : 'Warning',
    reason: code,
    message: advice === undefined ? message : `${message} ${advice}`,
  }
}

/** The text of a Warning header: one line, field first. */
export function diagnosticWarning(diagnostic: Diagnostic): string {
  const { code, message, origin, advice } = diagnostic
  const field = origin.field === undefined ? '' : `${origin.field}: `
  return `${field}${message}${advice === undefined ? '' : ` ${advice}`} (${code})`.replaceAll('\n', ' ')
}
