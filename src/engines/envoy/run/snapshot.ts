// What one node is told, as encoded resources with versions. A message that is the same object keeps its version and its bytes.
import type { Digest } from '../../../ir/certificate.ts'
import type { BlobStore } from '../../engine.ts'
import type { EnvoyResources } from '../lower/lower.ts'
import type { Message } from '../lower/proto.ts'
import { type RouteTableParts, wholeRouteTable } from '../lower/route.ts'
import { secretMessage } from '../lower/static.ts'
import type { SecretRef } from '../lower/tls.ts'
import { encode } from './protos.ts'
import { messageTypes, type ResourceType } from './resource-types.ts'

export interface XdsResource {
  readonly version: string
  /** Encoded when first sent, once for all nodes. */
  readonly bytes: () => Uint8Array
  /** Of a virtual host: the route configuration that it belongs to. */
  readonly table?: string
}

export type NodeSnapshot = Readonly<Record<ResourceType, ReadonlyMap<string, XdsResource>>> & {
  /** Route configurations with their virtual hosts inside, for state-of-the-world clients (VHDS is delta only). */
  readonly wholeRoutes: ReadonlyMap<string, XdsResource>
}

/** Gives versions and bytes to messages. One per control plane, so that nodes share them. */
export class ResourceEncoder {
  /** Versions of an earlier control plane, which a reconnecting Envoy still has, are not taken for ours. */
  readonly #era = Date.now().toString(36)
  #count = 0
  readonly #known = new WeakMap<object, XdsResource>()
  readonly #secrets = new Map<string, XdsResource>()
  readonly #hosts = new WeakMap<Message, { readonly name: string; readonly resource: XdsResource }>()
  readonly #tableHosts = new WeakMap<RouteTableParts, ReadonlyMap<string, XdsResource>>()
  readonly #tables = new WeakMap<Message, { readonly hosts: readonly Message[]; readonly message: Message }>()

  /** The snapshot of a node. A secret whose bytes are not in the store is left out: Envoy refuses the chains that name it. */
  snapshot(resources: EnvoyResources, blobs: BlobStore): NodeSnapshot {
    const all = (type: ResourceType, messages: ReadonlyMap<string, Message>) =>
      new Map([...messages].map(([name, message]) => [name, this.#resource(messageTypes[type], message)]))
    const shells = new Map<string, Message>()
    for (const [name, table] of resources.routes) {
      // Envoy would wait for ever for the first host of a table without any.
      shells.set(name, table.hosts.size > 0 ? withVhds(table.shell) : table.shell)
    }
    const { routes } = resources
    const parts = [...routes].map(([name, table]) => this.#hostsOf(name, table))
    // Nodes with the same single table share its map, and what is computed of it.
    const [only, ...more] = parts
    const hosts = only && more.length === 0 ? only : new Map(parts.flatMap((part) => [...part]))
    const whole = () => all('routes', new Map([...routes].map(([name, table]) => [name, this.#whole(table)])))
    let wholeRoutes: NodeSnapshot['wholeRoutes'] | undefined
    return {
      clusters: all('clusters', resources.clusters),
      endpoints: all('endpoints', resources.endpoints),
      listeners: all('listeners', resources.listeners),
      routes: all('routes', shells),
      // Only state-of-the-world clients pay for it.
      get wholeRoutes() {
        wholeRoutes ??= whole()
        return wholeRoutes
      },
      virtualHosts: hosts,
      secrets: new Map([...resources.secrets].flatMap(([name, ref]) => this.#secret(name, ref, blobs) ?? [])),
    }
  }

  #resource(type: string, message: Message): XdsResource {
    let known = this.#known.get(message)
    if (!known) {
      known = once(`${this.#era}.${++this.#count}`, () => encode(type, message))
      this.#known.set(message, known)
    }
    return known
  }

  #hostsOf(name: string, table: RouteTableParts): ReadonlyMap<string, XdsResource> {
    let known = this.#tableHosts.get(table)
    if (!known) {
      known = new Map(
        [...table.hosts].map(([host, message]) => [
          `${name}/${host}`,
          this.#host(name, `${name}/${host}`, message),
        ]),
      )
      this.#tableHosts.set(table, known)
    }
    return known
  }

  /** Envoy keeps hosts by their own name and removes them by resource name, so the two are made equal. */
  #host(table: string, name: string, message: Message): XdsResource {
    const known = this.#hosts.get(message)
    if (known?.name === name) return known.resource
    const resource = { ...this.#resource(messageTypes.virtualHosts, { ...message, name }), table }
    this.#hosts.set(message, { name, resource })
    return resource
  }

  #whole(table: { readonly shell: Message; readonly hosts: ReadonlyMap<string, Message> }): Message {
    const hosts = [...table.hosts.values()]
    const before = this.#tables.get(table.shell)
    if (
      before &&
      before.hosts.length === hosts.length &&
      before.hosts.every((host, index) => host === hosts[index])
    )
      return before.message
    const message = wholeRouteTable(table)
    this.#tables.set(table.shell, { hosts, message })
    return message
  }

  #secret(
    name: string,
    ref: SecretRef,
    blobs: BlobStore,
  ): readonly (readonly [string, XdsResource])[] | undefined {
    const key = `${name} ${digestsOf(ref).join(' ')}`
    let known = this.#secrets.get(key)
    if (!known) {
      const message = secretMessage(ref, blobs)
      if (!message) return undefined
      known = once(key, () => encode(messageTypes.secrets, message))
      this.#secrets.set(key, known)
    }
    return [[name, known]]
  }
}

const digestsOf = (ref: SecretRef): readonly (Digest | undefined)[] =>
  ref.kind === 'certificate' ? [ref.chain, ref.key] : [ref.roots, ref.crl]

const shellsWithVhds = new WeakMap<Message, Message>()
function withVhds(shell: Message): Message {
  let message = shellsWithVhds.get(shell)
  if (!message) {
    message = {
      ...shell,
      vhds: { config_source: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' } },
    }
    shellsWithVhds.set(shell, message)
  }
  return message
}

function once(version: string, make: () => Uint8Array): XdsResource {
  let bytes: Uint8Array | undefined
  return {
    version,
    bytes: () => {
      bytes ??= make()
      return bytes
    },
  }
}
