// What every step of a request knows: the server's parts, what is asked for, and on whose behalf.
import type { KubeObject } from '../../resources/object.ts'
import type { AdmissionPlugin, KindDefinition, RuleContext, ServedVersion } from '../kind.ts'
import { collectionOf, type Registry } from '../registry.ts'
import { internal, storageFull, tooLarge } from '../status-error.ts'
import { StoreError } from '../store/driver.ts'
import type { Store } from '../store/store.ts'
import type { Transaction } from '../store/transaction.ts'
import type { User } from '../user.ts'

/** The parts of the server that requests run through. */
export interface Core {
  readonly store: Store
  readonly registry: Registry
  readonly admission: readonly AdmissionPlugin[]
  readonly serviceCidr: string
  /** Ms since the epoch. */
  readonly now: () => number
  /** Takes what went wrong inside. */
  readonly report: (problem: string) => void
}

export type Subresource = 'status' | 'scale' | 'finalize'

/** What a URL names. `namespace` is absent for cluster-scoped kinds and for lists over all namespaces. */
export interface Target {
  readonly kind: KindDefinition
  readonly face: ServedVersion
  readonly namespace?: string
  readonly name?: string
  readonly subresource?: Subresource
}

export interface WriteOptions {
  readonly user: User
  readonly fieldManager: string
  readonly dryRun: boolean
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore'
  /** Takes the text of a Warning header. */
  readonly warn: (text: string) => void
}

/** The key of an object within its collection. */
export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}

/** RFC 3339 with second precision, as the API writes times. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** An object larger than this is refused: lists and watches would carry it again and again. */
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024

/** Stores an object of a kind. Throws 413 when it is too large. */
export function put(
  transaction: Transaction,
  kind: KindDefinition,
  key: string,
  object: KubeObject,
): KubeObject {
  const kept = transaction.put(collectionOf(kind.ref), key, object)
  if (transaction.json(kept).length > MAX_OBJECT_BYTES) {
    throw tooLarge(`Request entity too large: limit is ${MAX_OBJECT_BYTES}`)
  }
  return kept
}

/** Runs the deciding part of a write: in a transaction, or for a dry run in one that leaves nothing. Throws ApiError. */
export async function write<T>(
  core: Core,
  dryRun: boolean,
  work: (transaction: Transaction) => T,
): Promise<T> {
  try {
    return dryRun ? core.store.rehearse(work) : await core.store.transact(work)
  } catch (thrown) {
    if (thrown instanceof StoreError) {
      throw thrown.kind === 'full' ? storageFull(thrown.message) : internal(thrown.message)
    }
    throw thrown
  }
}

/** What a kind's rules may know during a write. */
export function ruleContext(
  core: Core,
  transaction: Transaction,
  operation: RuleContext['operation'],
  options: Pick<WriteOptions, 'dryRun'>,
  subresource?: Subresource,
): RuleContext {
  return {
    operation,
    ...(subresource ? { subresource } : {}),
    now: timestamp(core.now()),
    dryRun: options.dryRun,
    serviceCidr: core.serviceCidr,
    get: (kind, name, namespace) => transaction.get(collectionOf(kind), storeKey(namespace, name))?.object,
    list: (kind, namespace) =>
      transaction
        .list(collectionOf(kind), namespace === undefined ? '' : `${namespace}/`)
        .map((stored) => stored.object),
  }
}
