// One delta (incremental) ADS stream: what the client asked for, what it has, and what is to be sent. Pure bookkeeping; the server owns the wire.
import { type Changes, NO_CHANGES } from './changes.ts'
import { HostSubscription } from './host-subscription.ts'
import { RESOURCE_TYPES, type ResourceType, resourceType, wildcardTypes } from './resource-types.ts'
import type { NodeSnapshot } from './snapshot.ts'
import { Subscription } from './subscription.ts'
import type { Verdict } from './verdict.ts'

export interface DeltaRequest {
  readonly type_url: string
  readonly resource_names_subscribe?: readonly string[]
  readonly resource_names_unsubscribe?: readonly string[]
  readonly initial_resource_versions?: Readonly<Record<string, string>>
  readonly response_nonce?: string
  readonly error_detail?: { readonly message?: string } | null
}

export interface DeltaResponse {
  readonly type: ResourceType
  /** The same object for all streams that are sent the same. */
  readonly changes: Changes
  readonly nonce: string
}

type NamedType = Exclude<ResourceType, 'virtualHosts'>
/** What others refer to: sent and judged before anything that refers to it. */
const FOUNDATIONS = ['clusters', 'endpoints', 'secrets'] as const
const NAMED_TYPES = RESOURCE_TYPES.filter((type): type is NamedType => type !== 'virtualHosts')

export class DeltaStream {
  readonly #types = new Map<NamedType, Subscription>()
  #hosts: HostSubscription | undefined
  #nonce = 0
  /** Responses that the client has not judged, by nonce. */
  readonly #unjudged = new Map<string, Omit<DeltaResponse, 'nonce'>>()
  /** Types whose last verdict was a refusal. */
  readonly #refused = new Set<ResourceType>()
  /** Halves of refused responses, to be sent apart: so the bad resource takes no other with it, and is known by its name. */
  #apart: Omit<DeltaResponse, 'nonce'>[] = []
  /** Clusters to be removed once nothing refers to them. */
  readonly #doomed = new Set<string>()
  /** Tables whose hosts it can take; absent: to be found out. */
  #tables: readonly string[] | undefined

  /** Takes a request; returns the verdict it carries, if any. Unknown types, and verdicts on responses that are not open, are ignored. */
  take(request: DeltaRequest): Verdict | undefined {
    const type = resourceType(request.type_url)
    if (!type) return undefined
    if (type === 'virtualHosts') this.#hosts ??= new HostSubscription(request.initial_resource_versions)
    else this.#subscribe(type, request)
    return request.response_nonce
      ? this.#judge(type, request.response_nonce, request.error_detail)
      : undefined
  }

  /** What is to be sent for a snapshot: additions in make-before-break order, removals of clusters last. */
  pending(snapshot: NodeSnapshot): readonly DeltaResponse[] {
    const responses = this.#resent(snapshot)
    for (const type of FOUNDATIONS) responses.push(...this.#advance(type, snapshot))
    // Routes to a cluster whose endpoints or certificates are on their way would fail until they are there.
    if (this.#building()) return responses
    responses.push(...this.#advance('listeners', snapshot), ...this.#advance('routes', snapshot))
    const hosts = this.#hosts?.advance(this.#tablesTaken(), snapshot.virtualHosts) ?? []
    responses.push(...hosts.map((changes) => this.#response('virtualHosts', changes)))
    if (this.#doomed.size > 0) {
      responses.push(this.#response('clusters', { changed: [], removed: [...this.#doomed] }))
      this.#doomed.clear()
    }
    return responses
  }

  /** Whether the client has judged all responses. */
  get judged(): boolean {
    return this.#unjudged.size === 0
  }

  /** Whether the client has been sent everything: what refers to something has come with the request for it. After a NACK nothing more is to be expected. */
  complete(snapshot: NodeSnapshot): boolean {
    if (this.#refused.size > 0) return true
    return (
      NAMED_TYPES.every(
        (type) => snapshot[type].size === 0 || this.#types.get(type)?.complete(snapshot[type]) === true,
      ) && (this.#hosts ?? new HostSubscription()).complete(snapshot.virtualHosts)
    )
  }

  #subscribe(type: NamedType, request: DeltaRequest): void {
    const asks = request.resource_names_subscribe ?? []
    const drops = request.resource_names_unsubscribe ?? []
    const known = this.#types.get(type)
    const subscription =
      known ??
      new Subscription(wildcardTypes.has(type) && asks.length === 0, request.initial_resource_versions)
    this.#types.set(type, subscription)
    subscription.subscribe(asks, known !== undefined)
    subscription.unsubscribe(drops)
    if (type !== 'routes') return
    this.#tables = undefined
    // Asked for again: the client has lost it, and the hosts of a table with it.
    if (known) for (const table of [...asks, ...drops]) this.#hosts?.forget(table)
  }

  #judge(type: ResourceType, nonce: string, error: DeltaRequest['error_detail']): Verdict | undefined {
    const judged = this.#unjudged.get(nonce)
    if (!judged) return undefined
    this.#unjudged.delete(nonce)
    if (type === 'routes') this.#tables = undefined
    const names = judged.changes.changed.map(({ name }) => name)
    if (!error) {
      this.#refused.delete(type)
      return { type, names, refused: [] }
    }
    this.#refused.add(type)
    const alone = names.length < 2
    if (!alone) {
      const middle = names.length >> 1
      for (const changed of [judged.changes.changed.slice(0, middle), judged.changes.changed.slice(middle)])
        this.#apart.push({ type, changes: { changed, removed: [] } })
    }
    return { type, names, error: error.message ?? 'rejected', refused: alone ? [names[0] ?? ''] : [] }
  }

  /** Halves of refused responses, of what is still to be as it was sent. */
  #resent(snapshot: NodeSnapshot): DeltaResponse[] {
    const batches = this.#apart
    this.#apart = []
    return batches.flatMap(({ type, changes }) => {
      const changed = changes.changed.filter(
        ({ name, resource }) => current(snapshot, type, name) === resource,
      )
      return changed.length > 0 ? [this.#response(type, { changed, removed: [] })] : []
    })
  }

  #advance(type: NamedType, snapshot: NodeSnapshot): readonly DeltaResponse[] {
    const subscription = this.#types.get(type)
    if (!subscription) return []
    const changes = this.#withoutLateRemovals(type, subscription.advance(snapshot[type]))
    const first = !subscription.answered && subscription.wildcard
    if (changes.changed.length === 0 && changes.removed.length === 0 && !first) return []
    subscription.answered = true
    if (type === 'routes') this.#tables = undefined
    return [this.#response(type, changes)]
  }

  /** Listeners go at once, for another may want their address. Clusters go last. The rest Envoy gives up with what named it; draining connections need it. */
  #withoutLateRemovals(type: NamedType, changes: Changes): Changes {
    if (type === 'clusters') {
      for (const { name } of changes.changed) this.#doomed.delete(name)
      for (const name of changes.removed) this.#doomed.add(name)
    }
    if (type === 'listeners' || changes.removed.length === 0) return changes
    return changes.changed.length > 0 ? { changed: changes.changed, removed: [] } : NO_CHANGES
  }

  #building(): boolean {
    for (const { type, changes } of this.#unjudged.values())
      if (changes.changed.length > 0 && (FOUNDATIONS as readonly ResourceType[]).includes(type)) return true
    return false
  }

  /** Tables that it has asked for and has judged: hosts that come before it has taken their table are lost. */
  #tablesTaken(): readonly string[] {
    if (!this.#tables) {
      const tables = new Set(this.#types.get('routes')?.names)
      for (const { type, changes } of this.#unjudged.values())
        if (type === 'routes') for (const { name } of changes.changed) tables.delete(name)
      this.#tables = [...tables]
    }
    return this.#tables
  }

  #response(type: ResourceType, changes: Changes): DeltaResponse {
    this.#nonce += 1
    const nonce = String(this.#nonce)
    this.#unjudged.set(nonce, { type, changes })
    return { type, changes, nonce }
  }
}

function current(snapshot: NodeSnapshot, type: ResourceType, name: string): unknown {
  if (type !== 'virtualHosts') return snapshot[type].get(name)
  return snapshot.virtualHosts.get(name.slice(0, name.lastIndexOf('/')))?.get(name)
}
