// One request on its way through the server: what the handlers share.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { KindRef } from '../../resources/object.ts'
import type { AccountTokens } from '../account-tokens.ts'
import type { Core } from '../pipeline/request.ts'
import type { PodLogs } from '../pod-logs.ts'
import type { User } from '../user.ts'

export interface Exchange {
  readonly core: Core
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly query: URLSearchParams
  readonly user: User
  readonly podLogs?: PodLogs
  readonly accountTokens?: AccountTokens
  /** As in ApiServerOptions. */
  readonly settled?: (kind: KindRef) => Promise<void>
  /** Adds a Warning header. */
  readonly warn: (text: string) => void
  /** Aborted when the server closes: ends what streams. */
  readonly closing: AbortSignal
}
