// One state-of-the-world ADS stream: a type is sent again, whole, when something of it that the client named has changed. Route configurations
// hold their virtual hosts, for VHDS is delta only.
import { type ResourceType, resourceType, wildcardTypes } from './resource-types.ts'
import type { NodeSnapshot, Resources, XdsResource } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

export interface SotwRequest {
  readonly type_url: string
  readonly resource_names?: readonly string[]
  readonly response_nonce?: string
  readonly error_detail?: { readonly message?: string } | null
}

export interface SotwResponse {
  readonly type: ResourceType
  readonly version: string
  readonly resources: readonly XdsResource[]
  readonly nonce: string
}

interface Subscription {
  names: ReadonlySet<string>
  /** The resources of the last response; absent: none yet for these names. */
  sent: Resources | undefined
  /** What they were chosen from. */
  from: Resources | undefined
  nonce: string
  judged: boolean
  refused: boolean
}

/** What others refer to: sent and judged before anything that refers to it. */
const FOUNDATIONS = ['clusters', 'endpoints', 'secrets'] as const
const REFERRERS = ['listeners', 'routes'] as const

export class SotwStream {
  readonly #types = new Map<ResourceType, Subscription>()
  #nonce = 0

  /** Takes a request; returns the verdict it carries, if any. One on a response that another has followed is ignored, and so are unknown types. */
  take(request: SotwRequest): Verdict | undefined {
    const type = resourceType(request.type_url)
    if (!type) return undefined
    const known = this.#types.get(type)
    const nonce = request.response_nonce ?? ''
    if (known && nonce !== '' && nonce !== known.nonce) return undefined
    const names = new Set(request.resource_names)
    if (!known) {
      this.#types.set(type, {
        names,
        sent: undefined,
        from: undefined,
        nonce: '',
        judged: true,
        refused: false,
      })
      return undefined
    }
    const verdict = nonce === '' || known.judged ? undefined : judge(type, known, request.error_detail)
    if (names.size !== known.names.size || [...names].some((name) => !known.names.has(name))) {
      known.names = names
      known.from = undefined
      // What it has not asked for until now it does not have: an answer is due, be it the same.
      known.sent = undefined
    }
    return verdict
  }

  /** What is to be sent for a snapshot, in make-before-break order. Clusters that went stay until nothing refers to them. */
  pending(snapshot: NodeSnapshot): readonly SotwResponse[] {
    const going = [...(this.#types.get('clusters')?.sent ?? [])].filter(
      ([name]) => !snapshot.clusters.has(name),
    )
    const clusters = going.length > 0 ? new Map([...snapshot.clusters, ...going]) : snapshot.clusters
    const responses = [
      ...this.#respond('clusters', clusters),
      ...this.#respond('endpoints', snapshot.endpoints),
      ...this.#respond('secrets', snapshot.secrets),
    ]
    if (!this.#all(FOUNDATIONS, ({ judged }) => judged)) return responses
    responses.push(
      ...this.#respond('listeners', snapshot.listeners),
      ...(this.#types.has('routes') ? this.#respond('routes', snapshot.wholeRoutes) : []),
    )
    if (going.length > 0 && this.#all(REFERRERS, ({ judged }) => judged))
      responses.push(...this.#respond('clusters', snapshot.clusters))
    return responses
  }

  /** Whether the client has judged all responses. */
  get judged(): boolean {
    return this.#all([...FOUNDATIONS, ...REFERRERS], ({ judged }) => judged)
  }

  /** As of delta streams; virtual hosts are inside the routes. */
  complete(snapshot: NodeSnapshot): boolean {
    const types = [...this.#types.values()]
    if (types.some(({ refused }) => refused)) return true
    return [...FOUNDATIONS, ...REFERRERS].every(
      (type) => snapshot[type].size === 0 || this.#types.get(type)?.sent !== undefined,
    )
  }

  #all(types: readonly ResourceType[], holds: (subscription: Subscription) => boolean): boolean {
    return types.every((type) => {
      const subscription = this.#types.get(type)
      return subscription === undefined || holds(subscription)
    })
  }

  #respond(type: ResourceType, all: Resources): readonly SotwResponse[] {
    const subscription = this.#types.get(type)
    if (!subscription || subscription.from === all) return []
    subscription.from = all
    const wildcard = wildcardTypes.has(type) && subscription.names.size === 0
    const found = wildcard ? all : new Map([...all].filter(([name]) => subscription.names.has(name)))
    if (subscription.sent ? same(subscription.sent, found) : found.size === 0 && !wildcard) return []
    this.#nonce += 1
    Object.assign(subscription, { sent: found, nonce: String(this.#nonce), judged: false })
    const version = String(this.#nonce)
    return [{ type, version, resources: [...found.values()], nonce: version }]
  }
}

/** The client does not say what of a refused response it has not taken; its words do, as a rule. */
function judge(type: ResourceType, known: Subscription, error: SotwRequest['error_detail']): Verdict {
  known.judged = true
  known.refused = Boolean(error)
  const names = [...(known.sent?.keys() ?? [])]
  if (!error) return { type, names, refused: [] }
  const text = error.message ?? 'rejected'
  const quoted = names.length < 2 ? names : names.filter((name) => text.includes(name))
  return { type, names, error: text, refused: quoted.length > 0 ? quoted : [''] }
}

const same = (a: Resources, b: Resources): boolean =>
  a.size === b.size && [...a].every(([name, { version }]) => b.get(name)?.version === version)
