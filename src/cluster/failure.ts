// A controller that failed on an object, as a finding: it tries again.
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts'

/** `what` is the controller, `key` the object. */
export const failure = (what: string, key: string, error: unknown): Diagnostic =>
  diagnostic('SP0703', {}, `${what} ${key}: ${error instanceof Error ? error.message : String(error)}`)
