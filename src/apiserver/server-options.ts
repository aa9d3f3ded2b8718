// What an API server is started with, and what the one who starts it gets.
import type { KindRef } from '../resources/object.ts'
import type { AccountTokens } from './account-tokens.ts'
import type { ApiClient } from './client.ts'
import type { AdmissionPlugin, KindDefinition } from './kind.ts'
import type { PodLogs } from './pod-logs.ts'
import type { PodStreams } from './pod-streams.ts'
import type { User } from './user.ts'

/** PEM texts. `clientCa` signs the client certificates that are believed: CN is the user, each O a group. */
export interface ServerTls {
  readonly cert: string
  readonly key: string
  readonly clientCa: string
}

export interface ApiServerOptions {
  /** A SQLite file (created with its folder when missing), or nothing durable at all. */
  readonly store: { readonly file: string } | 'memory'
  /** Absent: no socket, only the client in process. Port 0: chosen by the system. */
  readonly listen?: { readonly host: string; readonly port: number }
  /** Required with `listen`. */
  readonly tls?: ServerTls
  /** Cluster IPs are taken from here; the first one is that of Service `kubernetes`. */
  readonly serviceCidr: string
  /** Built-in kinds; default: all that src/apiserver/kinds has. */
  readonly kinds?: readonly KindDefinition[]
  readonly admission?: readonly AdmissionPlugin[]
  readonly podLogs?: PodLogs
  readonly podStreams?: PodStreams
  /** Awaited before a write of this kind is answered over HTTP, so that what a client was told is done is also in force. To resolve soon in any case. */
  readonly settled?: (kind: KindRef) => Promise<void>
  /** Signs tokens of service accounts; without it none are issued. */
  readonly accountTokens?: AccountTokens
  /** Bearer tokens: who it is, or undefined when the token is not known. */
  readonly tokens?: (token: string) => User | undefined | Promise<User | undefined>
  /** Appended to the reported version: `v1.35.0+sallyport-0.1.0`. */
  readonly buildName?: string
  /** Takes what went wrong inside (a bug, an I/O error), for the log. */
  readonly report?: (problem: string) => void
}

export interface ApiServer {
  /** The API in process, as user `system:sallyport`. */
  readonly client: ApiClient
  /** `https://127.7.0.1:6443`; empty without `listen`. */
  readonly url: string
  readonly port: number
  /** New connections get the new certificate. */
  setTls(tls: ServerTls): void
  /** Ends watches and connections, closes the store. Every acknowledged write is on disk already. */
  close(): Promise<void>
}
