// An ApiClient over maps for unit tests: enough of the API's rules (identity, conflicts, finalizers, grace, generations) to drive controllers.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  type ApiClient,
  ApiError,
  type Informer,
  type ListOptions,
  type WatchEvent,
} from '../../apiserver/client.ts'
import type { AdmissionPlugin, RuleContext } from '../../apiserver/kind.ts'
import * as allKinds from '../../resources/kinds.ts'
import { type KindRef, type KubeObject, keyOf, parseApiVersion } from '../../resources/object.ts'
import { kindKey } from '../../resources/snapshot.ts'
import { matchesLabels } from '../selector.ts'

type Json = Record<string, unknown>
type Listener = (event: WatchEvent) => void

/** The fake, with its store open for a test's eyes. */
export class FakeClient implements ApiClient {
  readonly #store = new Map<string, Map<string, KubeObject>>()
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #kinds: KindRef[] = Object.values(allKinds).filter(
    (one): one is KindRef => typeof one === 'object' && 'plural' in one,
  )
  readonly #plugins: readonly AdmissionPlugin[]
  readonly #kindListeners = new Set<() => void>()
  readonly #untold: { readonly kind: KindRef; readonly event: WatchEvent }[] = []
  #version = 0

  constructor(plugins: readonly AdmissionPlugin[] = []) {
    this.#plugins = plugins
  }

  kinds(): readonly KindRef[] {
    return this.#kinds
  }
  addKind(kind: KindRef): void {
    this.#kinds.push(kind)
    for (const listener of this.#kindListeners) listener()
  }
  onKinds(listener: () => void): () => void {
    this.#kindListeners.add(listener)
    return () => this.#kindListeners.delete(listener)
  }
  as(): ApiClient {
    return this
  }

  async get<T extends KubeObject>(kind: KindRef, name: string, namespace?: string): Promise<T | undefined> {
    return this.#find(kind, name, namespace) as T | undefined
  }

  async list<T extends KubeObject>(
    kind: KindRef,
    options: ListOptions = {},
  ): Promise<{ items: readonly T[]; resourceVersion: string }> {
    const items = [...this.#objects(kind).values()].filter((one) => inScope(one, options)) as T[]
    return { items, resourceVersion: String(this.#version) }
  }

  async create<T extends KubeObject>(object: KubeObject): Promise<T> {
    const kind = this.#kindOf(object)
    const meta = object.metadata
    const name = meta.name ?? `${meta.generateName ?? ''}${randomUUID().slice(0, 5)}`
    if (this.#find(kind, name, meta.namespace)) {
      throw new ApiError(409, 'AlreadyExists', `${kind.plural} "${name}" already exists`)
    }
    if (kind.namespaced && meta.namespace !== undefined) this.#checkNamespace(meta.namespace)
    const created = {
      ...object,
      ...(kind.kind === 'Namespace'
        ? { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }
        : {}),
      metadata: {
        ...meta,
        name,
        uid: randomUUID(),
        generation: 1,
        creationTimestamp: `${new Date().toISOString().slice(0, 19)}Z`,
      },
    }
    return this.#put(kind, this.#admit(kind, created), 'ADDED') as T
  }

  async update<T extends KubeObject>(object: KubeObject): Promise<T> {
    const kind = this.#kindOf(object)
    const old = this.#need(kind, object.metadata.name, object.metadata.namespace)
    checkVersion(object, old)
    const status = (old as unknown as Json)['status']
    return this.#replace(kind, old, {
      ...(object as unknown as Json),
      ...(status === undefined ? {} : { status }),
    } as unknown as KubeObject) as T
  }

  async updateStatus<T extends KubeObject>(object: KubeObject): Promise<T> {
    const kind = this.#kindOf(object)
    const old = this.#need(kind, object.metadata.name, object.metadata.namespace)
    checkVersion(object, old)
    const status = (object as unknown as Json)['status']
    return this.#replace(kind, old, { ...old, status } as KubeObject) as T
  }

  async patch<T extends KubeObject>(
    kind: KindRef,
    name: string,
    namespace: string | undefined,
    patch: unknown,
    subresource?: 'status' | 'finalize',
  ): Promise<T> {
    const old = this.#need(kind, name, namespace)
    const merged = merge(old, patch) as Json
    const before = old as unknown as Json
    const next =
      subresource === 'status'
        ? { ...before, status: merged['status'] }
        : { ...merged, ...(before['status'] === undefined ? {} : { status: before['status'] }) }
    return this.#replace(kind, old, next as unknown as KubeObject) as T
  }

  async apply<T extends KubeObject>(object: KubeObject): Promise<T> {
    const kind = this.#kindOf(object)
    const old = this.#find(kind, object.metadata.name, object.metadata.namespace)
    return old
      ? this.patch(kind, object.metadata.name, object.metadata.namespace, object)
      : this.create(object)
  }

  async delete(
    kind: KindRef,
    name: string,
    namespace?: string,
    options: { gracePeriodSeconds?: number; propagationPolicy?: string; uid?: string } = {},
  ): Promise<void> {
    const old = this.#need(kind, name, namespace)
    if (options.uid !== undefined && options.uid !== old.metadata.uid) {
      throw new ApiError(409, 'Conflict', 'the UID in the precondition does not match')
    }
    const scheduled = (
      old as unknown as { spec?: { nodeName?: string; terminationGracePeriodSeconds?: number } }
    ).spec
    const ownGrace =
      kind.kind === 'Pod' && scheduled?.nodeName ? (scheduled.terminationGracePeriodSeconds ?? 30) : 0
    const grace = kind.kind === 'Pod' ? Math.min(options.gracePeriodSeconds ?? ownGrace, ownGrace) : 0
    const finalizers = [...(old.metadata.finalizers ?? [])]
    if (options.propagationPolicy === 'Foreground') finalizers.push('foregroundDeletion')
    if (options.propagationPolicy === 'Orphan') finalizers.push('orphan')
    if (grace === 0 && finalizers.length === 0 && kind.kind !== 'Namespace') {
      this.#remove(kind, old)
      return
    }
    this.#put(
      kind,
      {
        ...old,
        ...(kind.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {}),
        metadata: {
          ...old.metadata,
          ...(finalizers.length > 0 ? { finalizers: [...new Set(finalizers)] } : {}),
          deletionTimestamp: old.metadata.deletionTimestamp ?? `${new Date().toISOString().slice(0, 19)}Z`,
          deletionGracePeriodSeconds: grace,
        },
      } as KubeObject,
      'MODIFIED',
    )
  }

  async informer<T extends KubeObject>(kind: KindRef, options: ListOptions = {}): Promise<Informer<T>> {
    const cache = new Map<string, T>()
    for (const [key, object] of this.#objects(kind)) if (inScope(object, options)) cache.set(key, object as T)
    const listeners = new Set<(event: WatchEvent<T>) => void>()
    const feed: Listener = (event) => {
      if (!inScope(event.object, options)) return
      const key = keyOf(event.object.metadata)
      if (event.type === 'DELETED') cache.delete(key)
      else cache.set(key, event.object as T)
      for (const listener of listeners) listener(event as WatchEvent<T>)
    }
    const set = this.#listeners.get(kindKey(kind)) ?? new Set()
    this.#listeners.set(kindKey(kind), set.add(feed))
    return {
      cache,
      on: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      close: () => set.delete(feed),
    }
  }

  /** Resolves with the object once `holds` is true of it. */
  async until<T extends KubeObject>(
    kind: KindRef,
    name: string,
    namespace: string | undefined,
    holds: (object: T | undefined) => boolean,
  ): Promise<T | undefined> {
    const informer = await this.informer<T>(kind)
    const key = keyOf(namespace === undefined ? { name } : { name, namespace })
    try {
      return await new Promise<T | undefined>((resolve) => {
        const look = () => {
          if (holds(informer.cache.get(key))) resolve(informer.cache.get(key))
        }
        informer.on(look)
        look()
      })
    } finally {
      informer.close()
    }
  }

  #replace(kind: KindRef, old: KubeObject, next: KubeObject): KubeObject {
    const deleting = old.metadata.deletionTimestamp !== undefined
    const finalizersLeft =
      (next.metadata.finalizers ?? []).length > 0 ||
      (kind.kind === 'Namespace' &&
        ((next as unknown as { spec?: { finalizers?: string[] } }).spec?.finalizers ?? []).length > 0)
    if (
      deleting &&
      !finalizersLeft &&
      (next.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
      kind.kind !== 'Pod'
    ) {
      this.#remove(kind, next)
      return next
    }
    const specChanged = !isDeepStrictEqual(
      (old as unknown as Json)['spec'],
      (next as unknown as Json)['spec'],
    )
    const generation = (old.metadata.generation ?? 1) + (specChanged ? 1 : 0)
    const kept = { ...next, metadata: { ...next.metadata, uid: old.metadata.uid, generation } } as KubeObject
    if (
      isDeepStrictEqual(
        { ...kept, metadata: { ...kept.metadata, resourceVersion: '' } },
        { ...old, metadata: { ...old.metadata, resourceVersion: '' } },
      )
    ) {
      return old
    }
    return this.#put(kind, kept, 'MODIFIED')
  }

  #admit(kind: KindRef, object: KubeObject): KubeObject {
    const context: RuleContext = {
      operation: 'create',
      now: new Date().toISOString(),
      dryRun: false,
      get: (of, name, namespace) => this.#find(of, name, namespace),
      list: (of) => [...this.#objects(of).values()],
      serviceCidr: '127.16.16.0/20',
    }
    let current = object
    for (const plugin of this.#plugins) {
      if (!plugin.kinds.includes('*') && !plugin.kinds.includes(kindKey(kind))) continue
      const review = plugin.review({ kind, object: current, context, user: 'test' })
      if (review.forbidden !== undefined) throw new ApiError(403, 'Forbidden', review.forbidden)
      if (review.errors?.length) throw new ApiError(422, 'Invalid', JSON.stringify(review.errors))
      current = review.object ?? current
    }
    return current
  }

  #put(kind: KindRef, object: KubeObject, type: 'ADDED' | 'MODIFIED'): KubeObject {
    const stored = freeze({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(++this.#version) },
    })
    this.#objects(kind).set(keyOf(stored.metadata), stored)
    this.#tell(kind, { type, object: stored })
    return stored
  }

  #remove(kind: KindRef, object: KubeObject): void {
    this.#objects(kind).delete(keyOf(object.metadata))
    this.#version++
    this.#tell(kind, { type: 'DELETED', object })
  }

  /** A write made by a listener is told after the one that it listens to: all see the same order. */
  #tell(kind: KindRef, event: WatchEvent): void {
    this.#untold.push({ kind, event })
    if (this.#untold.length > 1) return
    for (let next = this.#untold[0]; next; next = this.#untold[0]) {
      for (const listener of this.#listeners.get(kindKey(next.kind)) ?? []) listener(next.event)
      this.#untold.shift()
    }
  }

  #objects(kind: KindRef): Map<string, KubeObject> {
    const key = kindKey(kind)
    const found = this.#store.get(key) ?? new Map<string, KubeObject>()
    this.#store.set(key, found)
    return found
  }

  #find(kind: KindRef, name: string, namespace?: string): KubeObject | undefined {
    return this.#objects(kind).get(keyOf(namespace === undefined ? { name } : { name, namespace }))
  }

  #need(kind: KindRef, name: string, namespace?: string): KubeObject {
    const found = this.#find(kind, name, namespace)
    if (!found) throw new ApiError(404, 'NotFound', `${kind.plural} "${name}" not found`)
    return found
  }

  #checkNamespace(name: string): void {
    const namespace = this.#find(allKinds.NAMESPACE, name)
    if (!namespace) throw new ApiError(404, 'NotFound', `namespaces "${name}" not found`)
    if (namespace.metadata.deletionTimestamp !== undefined) {
      throw new ApiError(403, 'Forbidden', `unable to create new content in namespace ${name}`)
    }
  }

  #kindOf(object: KubeObject): KindRef {
    const { group } = parseApiVersion(object.apiVersion)
    const found = this.#kinds.find((one) => one.group === group && one.kind === object.kind)
    if (!found) throw new ApiError(404, 'NotFound', `no kind ${object.apiVersion} ${object.kind}`)
    return found
  }
}

function inScope(object: KubeObject, options: ListOptions): boolean {
  if (options.namespace !== undefined && object.metadata.namespace !== options.namespace) return false
  if (options.labelSelector === undefined) return true
  const wanted = Object.fromEntries(options.labelSelector.split(',').map((one) => one.split('=')))
  return matchesLabels(wanted, object.metadata.labels)
}

function checkVersion(object: KubeObject, old: KubeObject): void {
  const given = object.metadata.resourceVersion
  if (given !== undefined && given !== old.metadata.resourceVersion) {
    throw new ApiError(409, 'Conflict', 'the object has been modified')
  }
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const result: Json =
    target !== null && typeof target === 'object' && !Array.isArray(target) ? { ...(target as Json) } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merge(result[key], value)
  }
  return result
}

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  return value
}
