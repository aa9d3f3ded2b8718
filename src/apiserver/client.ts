// How controllers, the provider and status talk to the API: the verbs of a typed client, in process, through the same pipeline as HTTP.
import type { KindRef, KubeObject } from '../resources/object.ts'

export interface ListOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** Thrown by every verb that fails: carries the Status that an HTTP client would get. `reason` is `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, … */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly reason: string
  readonly status: Readonly<Record<string, unknown>>
  constructor(code: number, reason: string, message: string, status: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.reason = reason
    this.status = status
  }
}

export type WatchEvent<T extends KubeObject = KubeObject> = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: T
}

/** A live, ordered view of a kind. */
export interface Informer<T extends KubeObject = KubeObject> {
  /** By `namespace/name` (or `name`). The objects are immutable and shared: never modify them. */
  readonly cache: ReadonlyMap<string, T>
  /** Called for each change after the cache holds it; returns the function that ends the subscription. */
  on(listener: (event: WatchEvent<T>) => void): () => void
  close(): void
}

/** Object bodies go in and come out as plain JSON in the kind's storage version. Every write is durable when its promise resolves. */
export interface ApiClient {
  get<T extends KubeObject>(kind: KindRef, name: string, namespace?: string): Promise<T | undefined>
  list<T extends KubeObject>(
    kind: KindRef,
    options?: ListOptions,
  ): Promise<{ items: readonly T[]; resourceVersion: string }>
  create<T extends KubeObject>(object: KubeObject): Promise<T>
  /** Replaces; with metadata.resourceVersion it is a compare-and-swap (409 Conflict). */
  update<T extends KubeObject>(object: KubeObject): Promise<T>
  updateStatus<T extends KubeObject>(object: KubeObject): Promise<T>
  /** RFC 7386 merge patch, retried on races; `subresource: 'status'` for the status. */
  patch<T extends KubeObject>(
    kind: KindRef,
    name: string,
    namespace: string | undefined,
    patch: unknown,
    subresource?: 'status' | 'finalize',
  ): Promise<T>
  /** Server-side apply with force. */
  apply<T extends KubeObject>(object: KubeObject, fieldManager: string): Promise<T>
  delete(
    kind: KindRef,
    name: string,
    namespace?: string,
    options?: {
      gracePeriodSeconds?: number
      propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
      uid?: string
    },
  ): Promise<void>
  /** Resolves when the cache holds everything that existed at the call. */
  informer<T extends KubeObject>(kind: KindRef, options?: ListOptions): Promise<Informer<T>>
  /** All kinds served now, CRDs included, and a call for each change of that set. */
  kinds(): readonly KindRef[]
  onKinds(listener: () => void): () => void
  /** The same client as another user agent, for managedFields and events. */
  as(fieldManager: string): ApiClient
}
