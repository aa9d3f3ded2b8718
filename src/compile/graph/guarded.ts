// Reading one object, guarded: a reader that throws loses that object only, and the fault is a finding on it.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { KindRef } from '../../resources/object.ts'
import { errorText } from '../text.ts'
import { readObject } from './inputs.ts'
import { type Query, query, type Read } from './query.ts'

export interface Guarded<T> {
  /** Keyed by `namespace/name`. */
  readonly value: Query<T>
  /** Why the fallback stands in for the value, if it does. */
  readonly faults: Query<readonly Diagnostic[]>
}

/** Declares the reader of a kind; `fallback` stands in for an object that cannot be read, and must fail closed. */
export function guarded<T>(
  name: string,
  kind: KindRef,
  derive: (read: Read, key: string) => T,
  fallback: T,
): Guarded<T> {
  const outcome = query<{ readonly value: T; readonly faults: readonly Diagnostic[] }>(
    `${name}-outcome`,
    (read, key) => ({ value: derive(read, key), faults: [] }),
    (error, read, key) => {
      const origin = readObject(read, kind, key)?.origin('') ?? {}
      return {
        value: fallback,
        faults: [diagnostic('SP0105', origin, `${kind.kind} ${key}: ${errorText(error)}`)],
      }
    },
  )
  return {
    value: query(name, (read, key) => read(outcome, key).value),
    faults: query(`${name}-faults`, (read, key) => read(outcome, key).faults),
  }
}
