// One state-of-the-world ADS stream: a type is sent again, whole, when something of it that the client named has changed.

import type { Verdict } from './delta-stream.ts'
import { RESOURCE_TYPES, type ResourceType, resourceType, wildcardTypes } from './resource-types.ts'
import type { NodeSnapshot, XdsResource } from './snapshot.ts'

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
  readonly names: readonly string[]
  /** Names and versions of the last response. */
  sent: string | undefined
  sentNames: readonly string[]
}

export class SotwStream {
  readonly #types = new Map<ResourceType, Subscription>()
  readonly #refused = new Set<ResourceType>()
  #nonce = 0

  take(request: SotwRequest): Verdict | undefined {
    const type = resourceType(request.type_url)
    if (!type) return undefined
    const names = request.resource_names ?? []
    const before = this.#types.get(type)
    const same =
      before !== undefined &&
      before.names.length === names.length &&
      names.every((name) => before.names.includes(name))
    if (!same) this.#types.set(type, { names, sent: undefined, sentNames: [] })
    if (!request.response_nonce) return undefined
    if (request.error_detail) this.#refused.add(type)
    else this.#refused.delete(type)
    return {
      type,
      nonce: request.response_nonce,
      names: this.#types.get(type)?.sentNames ?? [],
      ...(request.error_detail ? { error: request.error_detail.message ?? 'rejected' } : {}),
    }
  }

  pending(snapshot: NodeSnapshot): readonly SotwResponse[] {
    return RESOURCE_TYPES.flatMap((type) => this.#response(type, snapshot) ?? [])
  }

  /** As of delta streams; virtual hosts are inside the routes. */
  complete(snapshot: NodeSnapshot): boolean {
    if (this.#refused.size > 0) return true
    return RESOURCE_TYPES.every(
      (type) =>
        type === 'virtualHosts' || snapshot[type].size === 0 || this.#types.get(type)?.sent !== undefined,
    )
  }

  #response(type: ResourceType, snapshot: NodeSnapshot): SotwResponse | undefined {
    const subscription = this.#types.get(type)
    if (!subscription) return undefined
    const all = type === 'routes' ? snapshot.wholeRoutes : snapshot[type]
    const wildcard = wildcardTypes.has(type) && subscription.names.length === 0
    const found = [...all].filter(([name]) => wildcard || subscription.names.includes(name))
    const content = found.map(([name, { version }]) => `${name}@${version}`).join(' ')
    if (content === subscription.sent || (found.length === 0 && !wildcard)) return undefined
    subscription.sent = content
    subscription.sentNames = found.map(([name]) => name)
    this.#nonce += 1
    return {
      type,
      version: String(this.#nonce),
      resources: found.map(([, resource]) => resource),
      nonce: String(this.#nonce),
    }
  }
}
