// The one kind of error the product has: a value that says what is wrong, where, and what to do.
import { type Code, catalogue } from './catalogue.ts'
import type { Origin } from './origin.ts'

export type Severity = 'error' | 'warning' | 'info'

/** A concrete edit that cures the finding: at `field` of the diagnostic's object, put `value` (absent: delete the field). */
export interface Fix {
  readonly field: string
  readonly value?: unknown
}

export interface Diagnostic {
  readonly code: Code
  readonly severity: Severity
  /** One sentence, naming the values involved. */
  readonly message: string
  readonly origin: Origin
  /** What to change, in the imperative. */
  readonly advice?: string
  readonly related?: readonly { readonly message: string; readonly origin: Origin }[]
  readonly fix?: Fix
}

/** Makes a diagnostic of a catalogued code; its severity is the catalogue's unless given. */
export function diagnostic(
  code: Code,
  origin: Origin,
  message: string,
  extra: Partial<Pick<Diagnostic, 'severity' | 'advice' | 'related' | 'fix'>> = {},
): Diagnostic {
  return { code, severity: catalogue[code].severity, message, origin, ...extra }
}
