// The few calls that the store needs of SQLite; two libraries carry them out (node-sqlite-driver, libsql-driver).

export type Value = string | number | null
export type Row = Readonly<Record<string, Value>>

export interface Statement {
  /** Returns how many rows it changed. */
  run(params: readonly Value[]): number
  all(params: readonly Value[]): readonly Row[]
}

export interface Driver {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

/** Why the disk would not take or give: `full` (no space), `foreign` (somebody else wrote to the file), `newer` (written by a later format), `io` for the rest. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly kind: 'full' | 'foreign' | 'newer' | 'io'
  constructor(kind: StoreError['kind'], message: string, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

const SQLITE_FULL = 13

/** Names what a driver threw, whichever library it was. */
export function storeError(thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown
  const { code, errcode, rawCode, message } = (thrown ?? {}) as Record<string, unknown>
  const result = typeof errcode === 'number' ? errcode : rawCode
  const full =
    code === 'SQLITE_FULL' || result === SQLITE_FULL || /database or disk is full/.test(String(message))
  return new StoreError(full ? 'full' : 'io', String(message ?? thrown), thrown)
}
