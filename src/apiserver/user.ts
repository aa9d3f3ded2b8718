// Who makes a request.

/** What authentication found out; in process callers have one as well. */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Members may do everything; nothing is asked. */
export const MASTERS = 'system:masters'

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
