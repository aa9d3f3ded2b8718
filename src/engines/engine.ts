// The contract of an engine: it makes the proxies of a model real. An engine sees the model and content-addressed bytes, nothing of Kubernetes.
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Digest } from '../ir/certificate.ts'
import type { Filter, FilterKind } from '../ir/filter.ts'
import type { Model } from '../ir/proxy.ts'

/** Certificates, keys, trust anchors and CRLs as PEM bytes by the SHA-256 of those bytes. */
export interface BlobStore {
  /** Undefined when the store does not hold it: what needs it must fail closed. */
  get(digest: Digest): Uint8Array | undefined
}

export interface Update {
  /** Grows by at least one with each update. */
  readonly version: number
  readonly model: Model
  readonly blobs: BlobStore
}

/** Where a logical address can be reached on this machine (privileged ports are mapped where they may not be bound). */
export type Locate = (address: string, port: number) => { readonly host: string; readonly port: number }

export interface EngineOptions {
  readonly locate: Locate
  /** Takes finished access-log lines, without newline. */
  readonly accessLog: (proxy: string, line: string) => void
  /** Takes what the engine has to say about itself. */
  readonly report: (diagnostic: Diagnostic) => void
}

/** What became of an update. Everything not named in `rejected` is in force. */
export interface Acknowledgement {
  readonly version: number
  readonly rejected: readonly Diagnostic[]
}

export interface EngineStatus {
  /** The last version in force. */
  readonly version: number
  /** The processes of an engine that runs in several; absent when it is this one. */
  readonly workers?: readonly {
    /** Absent between the end of one and the start of the next. */
    readonly pid?: number
    readonly state: 'starting' | 'running' | 'waiting' | 'stopped'
    /** How many in this place ended by themselves. */
    readonly restarts: number
  }[]
  readonly proxies: readonly {
    readonly id: string
    readonly listeners: readonly {
      readonly name: string
      readonly address: string
      readonly port: number
      readonly state: 'listening' | 'draining' | 'failed'
    }[]
  }[]
}

export interface Engine {
  /** `mixed`: two engines that share the proxies. */
  readonly name: 'node' | 'envoy' | 'mixed'
  /** Resolves once traffic is handled by the new version. Never drops a connection because of an unrelated change. Calls may overlap; the newest wins. */
  apply(update: Update): Promise<Acknowledgement>
  status(): EngineStatus
  /** Prometheus text exposition of everything the engine counts. */
  metrics(): Promise<string>
  /** Replaces programs that the engine has started by what is installed now, without dropping a connection. Absent: it has none. */
  restart?(): Promise<void>
  /** Stops accepting, lets requests finish for at most `drainMs`, closes. */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

/** How an engine carries out each filter: total, so a forgotten one does not compile; `unsupported` becomes SP0802 at the user's line. */
export type FilterSupport<Out> = {
  readonly [K in FilterKind]: ((filter: Filter<K>) => Out) | { readonly unsupported: string }
}
