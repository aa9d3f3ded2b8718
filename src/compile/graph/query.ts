// What a step of compile looks like: a query is a pure function of a key and of what it reads, so its dependencies are known without being declared.
import type { Snapshot } from '../../resources/snapshot.ts'

/** Reads a query's value for a key, and notes that the reader depends on it. */
export type Read = <T>(query: Query<T>, key: string) => T

/**
 * `derive` is computed from other queries; `input` comes from the snapshot.
 * A query may use nothing but its key and what it reads: no closure over changing data.
 */
export type Query<T> =
  | {
      readonly name: string
      readonly derive: (read: Read, key: string) => T
      /** What stands in for the value when a bug makes `derive` throw: only this part of the model is lost. */
      readonly recover?: (error: unknown, read: Read, key: string) => T
    }
  | {
      readonly name: string
      /** `previous` may be returned when it is still right. */
      readonly input: (snapshot: Snapshot, key: string, previous: T | undefined) => T
      /** The part of the snapshot that all keys of this input come from; while it is the same, no key is looked at. */
      readonly source: (snapshot: Snapshot, key: string) => unknown
    }

/** Declares a derived query. */
export function query<T>(
  name: string,
  derive: (read: Read, key: string) => T,
  recover?: (error: unknown, read: Read, key: string) => T,
): Query<T> {
  return recover === undefined ? { name, derive } : { name, derive, recover }
}

/** Joins the parts of a composite key. Names and hosts of Kubernetes hold no space. */
export function joinKey(...parts: readonly (string | number)[]): string {
  return parts.join(' ')
}

/** Splits what `joinKey` joined; missing parts are empty. */
export function splitKey(key: string): readonly [string, string, string, string, string] {
  const parts = key.split(' ')
  return [parts[0] ?? '', parts[1] ?? '', parts[2] ?? '', parts[3] ?? '', parts[4] ?? '']
}
