// What is wrong with a setting, found while it is merged: where it was written, and in what words.
import type { Code } from '../../diagnostics/catalogue.ts'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'

/** A value with the findings about how it came about. */
export interface Judged<T> {
  readonly value: T
  readonly diagnostics: readonly Diagnostic[]
}

/** No value, and why. */
export function failed(code: Code, origin: Origin, message: string): Judged<undefined> {
  return { value: undefined, diagnostics: [diagnostic(code, origin, message)] }
}
