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

/** What the client says of a response. */
export interface Verdict {
  readonly type: ResourceType
  readonly nonce: string
  /** Of the resources in that response. */
  readonly names: readonly string[]
  readonly error?: string
}

/** Resources of one response. */
interface Batch {
  readonly type: ResourceType
  readonly names: readonly string[]
}

export class DeltaStream {
  readonly #types = new Map<ResourceType, Subscription>()
  #nonce = 0
  /** Responses that the client has not judged, by nonce. */
  readonly #unjudged = new Map<string, Batch>()
  /** Halves of refused responses, to be sent apart: so the bad resource takes no other with it, and is known by its name. */
  #apart: Batch[] = []

  /** Takes a request; returns the verdict it carries, if any. An unknown type is ignored. */
  take(request: DeltaRequest): Verdict | undefined {
    const type = resourceType(request.type_url)
    if (!type) return undefined
    const known = this.#types.get(type)
    let subscription = known
    const asks = request.resource_names_subscribe ?? []
    if (!subscription) {
      subscription = {
        wildcard: wildcardTypes.has(type) && asks.length === 0,
        names: new Set(),
        sent: new Map(Object.entries(request.initial_resource_versions ?? {})),
        answered: false,
        compared: undefined,
        refused: false,
      }
      this.#types.set(type, subscription)
    }
    const asked = asks.length + (request.resource_names_unsubscribe?.length ?? 0) > 0
    if (asked) subscription.compared = undefined
    for (const name of asks) {
      if (name === '*') subscription.wildcard = true
      else subscription.names.add(name)
      // Asked for again: the client has lost it, and the hosts of a table with it.
      if (known) {
        subscription.sent.delete(name)
        if (type === 'routes') this.#forgetHosts(name)
      }
      subscription.answered =
        subscription.answered && request.response_nonce !== undefined && request.response_nonce !== ''
    }
    for (const name of request.resource_names_unsubscribe ?? []) {
      if (name === '*') subscription.wildcard = false
      subscription.names.delete(name)
      subscription.sent.delete(name)
      if (type === 'routes') this.#forgetHosts(name)
    }
    if (!request.response_nonce) return undefined
    subscription.refused = Boolean(request.error_detail)
    const names = this.#unjudged.get(request.response_nonce)?.names ?? []
    this.#unjudged.delete(request.response_nonce)
    if (type === 'routes') this.#compareHostsAgain()
    if (!request.error_detail) return { type, nonce: request.response_nonce, names }
    if (names.length > 1) {
      const middle = names.length >> 1
      this.#apart.push({ type, names: names.slice(0, middle) }, { type, names: names.slice(middle) })
    }
    return {
      type,
      nonce: request.response_nonce,
      names,
      error: request.error_detail.message ?? 'rejected',
    }
  }

  /** What is to be sent for a snapshot: additions in make-before-break order, removals of clusters last. */
  pending(snapshot: NodeSnapshot): readonly DeltaResponse[] {
    const changed = RESOURCE_TYPES.filter((type) => {
      const subscription = this.#types.get(type)
      return subscription !== undefined && subscription.compared !== snapshot[type]
    })
    const additions = changed.flatMap((type) => this.#additions(type, snapshot) ?? [])
    const removals = (changed.includes('clusters') && this.#clusterRemovals(snapshot)) || []
    for (const type of changed) {
      const subscription = this.#types.get(type)
      if (subscription) subscription.compared = snapshot[type]
    }
    return [...this.#resent(snapshot), ...additions].concat(removals)
  }

  #resent(snapshot: NodeSnapshot): readonly DeltaResponse[] {
    const batches = this.#apart
    this.#apart = []
    return batches.flatMap(({ type, names }) => {
      const sent = this.#types.get(type)?.sent
      const resources = names.flatMap((name) => {
        const resource = snapshot[type].get(name)
        return resource && sent?.get(name) === resource.version ? [{ name, resource }] : []
      })
      return resources.length > 0 ? [this.#response(type, resources, [])] : []
    })
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
    if (type === 'virtualHosts') {
      const tables = this.#tablesTaken()
      const candidates = changesBetween(subscription.compared, snapshot[type])
      for (const [name, resource] of candidates) if (tables.has(resource.table)) consider(name, resource)
    } else if (subscription.wildcard) for (const [name, resource] of snapshot[type]) consider(name, resource)
    else for (const name of subscription.names) consider(name, snapshot[type].get(name))
    // An empty answer would open a listener before its hosts have come.
    const first = !subscription.answered && subscription.wildcard && type !== 'virtualHosts'
    // Together, because an address or a domain may go from one to another. (The rest Envoy gives up with what named it; draining connections need it.)
    const removed = type === 'listeners' || type === 'virtualHosts' ? this.#gone(type, snapshot) : []
    if (resources.length === 0 && removed.length === 0 && !first) return undefined
    subscription.answered = true
    return this.#response(type, resources, removed)
  }

  #response(
    type: ResourceType,
    resources: DeltaResponse['resources'],
    removed: readonly string[],
  ): DeltaResponse {
    this.#nonce += 1
    const nonce = String(this.#nonce)
    this.#unjudged.set(nonce, { type, names: resources.map(({ name }) => name) })
    return { type, resources, removed, nonce }
  }

  /**
   * Tables that the client has judged. It asks for no hosts of a table by name: hosts that come before it has taken the table are lost.
   */
  #tablesTaken(): ReadonlySet<string | undefined> {
    const tables = new Set<string | undefined>(this.#types.get('routes')?.sent.keys())
    for (const { type, names } of this.#unjudged.values())
      if (type === 'routes') for (const name of names) tables.delete(name)
    return tables
  }

  #forgetHosts(table: string): void {
    const hosts = this.#types.get('virtualHosts')
    if (!hosts) return
    for (const name of hosts.sent.keys()) if (name.startsWith(`${table}/`)) hosts.sent.delete(name)
    this.#compareHostsAgain()
  }

  #compareHostsAgain(): void {
    const hosts = this.#types.get('virtualHosts')
    if (hosts) hosts.compared = undefined
  }

  /** Clusters go last, when nothing names them any more. */
  #clusterRemovals(snapshot: NodeSnapshot): DeltaResponse | undefined {
    const removed = this.#gone('clusters', snapshot)
    return removed.length > 0 ? this.#response('clusters', [], removed) : undefined
  }

  /** What the client has and is not to have, from now on taken as removed. */
  #gone(type: 'clusters' | 'listeners' | 'virtualHosts', snapshot: NodeSnapshot): readonly string[] {
    const sent = this.#types.get(type)?.sent
    const tables = this.#types.get('routes')?.sent
    const gone = [...(sent?.keys() ?? [])].filter(
      (name) => !snapshot[type].has(name) && (type !== 'virtualHosts' || inTable(name, tables, snapshot)),
    )
    for (const name of gone) sent?.delete(name)
    return gone
  }
}

/** Whether a virtual host was in a table that is still there. */
const inTable = (
  host: string,
  tables: ReadonlyMap<string, string> | undefined,
  { routes }: NodeSnapshot,
): boolean => [...(tables?.keys() ?? [])].some((table) => routes.has(table) && host.startsWith(`${table}/`))

const changes = new WeakMap<
  ReadonlyMap<string, XdsResource>,
  { readonly after: ReadonlyMap<string, XdsResource>; readonly changed: ReadonlyMap<string, XdsResource> }
>()

/** The resources of a map that are not in the one compared before; computed once for all streams that make this step. */
function changesBetween(
  before: ReadonlyMap<string, XdsResource> | undefined,
  after: ReadonlyMap<string, XdsResource>,
): ReadonlyMap<string, XdsResource> {
  if (!before) return after
  const known = changes.get(before)
  if (known?.after === after) return known.changed
  const changed = new Map([...after].filter(([name, { version }]) => before.get(name)?.version !== version))
  changes.set(before, { after, changed })
  return changed
}
