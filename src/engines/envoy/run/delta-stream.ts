// One delta (incremental) ADS stream: what the client subscribed to, what it has, and what is to be sent. Pure bookkeeping; the server owns the wire.
import { RESOURCE_TYPES, type ResourceType, resourceType, wildcardTypes } from './resource-types.ts'
import type { NodeSnapshot, XdsResource } from './snapshot.ts'

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
  readonly resources: readonly { readonly name: string; readonly resource: XdsResource }[]
  readonly removed: readonly string[]
  readonly nonce: string
}

interface Subscription {
  wildcard: boolean
  readonly names: Set<string>
  readonly sent: Map<string, string>
  answered: boolean
  /** The resources that were compared last; absent when the client has asked for something since. */
  compared: ReadonlyMap<string, XdsResource> | undefined
  refused: boolean
}

/** What the client says of the last response of a type. */
export interface Verdict {
  readonly type: ResourceType
  readonly nonce: string
  readonly error?: string
}

export class DeltaStream {
  readonly #types = new Map<ResourceType, Subscription>()
  #nonce = 0

  /** Takes a request; returns the verdict it carries, if any. An unknown type is ignored. */
  take(request: DeltaRequest): Verdict | undefined {
    const type = resourceType(request.type_url)
    if (!type) return undefined
    let subscription = this.#types.get(type)
    const names = request.resource_names_subscribe ?? []
    if (!subscription) {
      subscription = {
        wildcard: wildcardTypes.has(type) && names.length === 0,
        names: new Set(),
        sent: new Map(Object.entries(request.initial_resource_versions ?? {})),
        answered: false,
        compared: undefined,
        refused: false,
      }
      this.#types.set(type, subscription)
    }
    const asked = names.length + (request.resource_names_unsubscribe?.length ?? 0) > 0
    if (asked) subscription.compared = undefined
    for (const name of names) {
      if (name === '*') subscription.wildcard = true
      else subscription.names.add(name)
      // Asked for again: the client has lost it.
      subscription.sent.delete(name)
      subscription.answered =
        subscription.answered && request.response_nonce !== undefined && request.response_nonce !== ''
    }
    for (const name of request.resource_names_unsubscribe ?? []) {
      if (name === '*') subscription.wildcard = false
      subscription.names.delete(name)
      subscription.sent.delete(name)
    }
    if (!request.response_nonce) return undefined
    subscription.refused = Boolean(request.error_detail)
    return {
      type,
      nonce: request.response_nonce,
      ...(request.error_detail ? { error: request.error_detail.message ?? 'rejected' } : {}),
    }
  }

  /** What is to be sent for a snapshot: additions in make-before-break order, then removals in the opposite one. */
  pending(snapshot: NodeSnapshot): readonly DeltaResponse[] {
    const changed = RESOURCE_TYPES.filter((type) => {
      const subscription = this.#types.get(type)
      return subscription !== undefined && subscription.compared !== snapshot[type]
    })
    const additions = changed.flatMap((type) => this.#additions(type, snapshot) ?? [])
    const removals = changed.reverse().flatMap((type) => this.#removals(type, snapshot) ?? [])
    for (const type of changed) {
      const subscription = this.#types.get(type)
      if (subscription) subscription.compared = snapshot[type]
    }
    return [...additions, ...removals]
  }

  /** Whether the client has been sent everything: what refers to something has come with the request for it. After a NACK nothing more is to be expected. */
  complete(snapshot: NodeSnapshot): boolean {
    if ([...this.#types.values()].some(({ refused }) => refused)) return true
    return RESOURCE_TYPES.every((type) => {
      const sent = this.#types.get(type)?.sent
      return (
        snapshot[type].size === 0 ||
        (sent !== undefined &&
          sent.size >= snapshot[type].size &&
          [...snapshot[type].keys()].every((name) => sent.has(name)))
      )
    })
  }

  #additions(type: ResourceType, snapshot: NodeSnapshot): DeltaResponse | undefined {
    const subscription = this.#types.get(type)
    if (!subscription) return undefined
    const resources: { name: string; resource: XdsResource }[] = []
    const consider = (name: string, resource: XdsResource | undefined) => {
      if (!resource || subscription.sent.get(name) === resource.version) return
      subscription.sent.set(name, resource.version)
      resources.push({ name, resource })
    }
    if (subscription.wildcard) for (const [name, resource] of snapshot[type]) consider(name, resource)
    else for (const name of subscription.names) consider(name, snapshot[type].get(name))
    const first = !subscription.answered && subscription.wildcard
    if (resources.length === 0 && !first) return undefined
    subscription.answered = true
    return { type, resources, removed: [], nonce: this.#next() }
  }

  #removals(type: ResourceType, snapshot: NodeSnapshot): DeltaResponse | undefined {
    const subscription = this.#types.get(type)
    if (!subscription) return undefined
    const removed = [...subscription.sent.keys()].filter((name) => !snapshot[type].has(name))
    // A secret or endpoint that is gone is only forgotten together with what named it; Envoy drops it when it unsubscribes.
    const told = type === 'secrets' || type === 'endpoints' ? [] : removed
    for (const name of told) subscription.sent.delete(name)
    return told.length > 0 ? { type, resources: [], removed: told, nonce: this.#next() } : undefined
  }

  #next(): string {
    this.#nonce += 1
    return String(this.#nonce)
  }
}
