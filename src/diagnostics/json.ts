// Diagnostics for programs: the value as JSON, with the catalogue's title, one object per diagnostic.
import { catalogue } from './catalogue.ts'
import type { Diagnostic } from './diagnostic.ts'
import { formatOrigin } from './origin.ts'

/** What `-o json` prints of a diagnostic: the diagnostic, its title, and its place as one text. */
export interface DiagnosticJson extends Diagnostic {
  readonly title: string
  readonly place: string
}

/** The JSON value of a diagnostic. */
export function diagnosticJson(diagnostic: Diagnostic): DiagnosticJson {
  return { ...diagnostic, title: catalogue[diagnostic.code].title, place: formatOrigin(diagnostic.origin) }
}
