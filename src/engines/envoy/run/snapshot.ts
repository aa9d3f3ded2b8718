// What one node is told, as encoded resources with versions. A message that is the same object keeps its version and its bytes.
import type { Digest } from '../../../ir/certificate.ts'
import type { BlobStore } from '../../engine.ts'
import type { EnvoyResources } from '../lower/lower.ts'
import type { Message } from '../lower/proto.ts'
import { type RouteTableParts, wholeRouteTable } from '../lower/route-table.ts'
import { secretMessage } from '../lower/static.ts'
import type { SecretRef } from '../lower/tls.ts'
import { encode } from './protos.ts'
import { messageTypes, type ResourceType } from './resource-types.ts'

export interface XdsResource {
  readonly version: string
  /** Encoded when first sent, once for all nodes. */
  readonly bytes: () => Uint8Array
}

/** Resources of one type by name. The same map as long as nothing of it changed, for all nodes that have them. */
export type Resources = ReadonlyMap<string, XdsResource>

export interface NodeSnapshot extends Readonly<Record<Exclude<ResourceType, 'virtualHosts'>, Resources>> {
  /** By the route configuration that they belong to. */
  readonly virtualHosts: ReadonlyMap<string, Resources>
  /** Route configurations with their virtual hosts inside, for state-of-the-world clients (VHDS is delta only). */
  readonly wholeRoutes: Resources
}

/** A virtual host as a resource of one table. */
interface HostForm {
  readonly table: string
  readonly name: string
  readonly resource: XdsResource
}

/** Gives versions and bytes to messages. One per control plane, so that nodes share them. */
export class ResourceEncoder {
  /** Versions of an earlier control plane, which a reconnecting Envoy still has, are not taken for ours. */
  readonly #era = Date.now().toString(36)
  #count = 0
  readonly #known = new WeakMap<object, XdsResource>()
  readonly #maps = new WeakMap<ReadonlyMap<string, Message>, Resources>()
  readonly #secrets = new WeakMap<SecretRef, XdsResource>()
  /** One form for each table that the host stands in. */
  readonly #hosts = new WeakMap<Message, readonly HostForm[]>()
  readonly #tables = new WeakMap<RouteTableParts, Resources>()
  readonly #whole = new WeakMap<RouteTableParts, XdsResource>()
  readonly #snapshots = new WeakMap<EnvoyResources, NodeSnapshot>()

  /**
   * The snapshot of nodes with these resources. A secret whose bytes are not in the store is left out: Envoy refuses the chains that name it.
   */
  snapshot(resources: EnvoyResources, blobs: BlobStore): NodeSnapshot {
    const known = this.#snapshots.get(resources)
    if (known) return known
    const { routes } = resources
    const secrets = this.#allSecrets(resources.secrets, blobs)
    const whole = () => mapValues(routes, (table) => this.#wholeTable(table))
    let wholeRoutes: Resources | undefined
    const snapshot: NodeSnapshot = {
      clusters: this.#all('clusters', resources.clusters),
      endpoints: this.#all('endpoints', resources.endpoints),
      listeners: this.#all('listeners', resources.listeners),
      // Envoy would wait for ever for the first host of a table without any.
      routes: mapValues(routes, ({ shell, hosts }) =>
        this.#resource(messageTypes.routes, hosts.size > 0 ? withVhds(shell) : shell),
      ),
      virtualHosts: mapValues(routes, (table, name) => this.#hostsOf(name, table)),
      secrets,
      // Only state-of-the-world clients pay for it.
      get wholeRoutes() {
        wholeRoutes ??= whole()
        return wholeRoutes
      },
    }
    // With all secrets found, equal references give equal bytes for ever: both are named by digests.
    if (secrets.size === resources.secrets.size) this.#snapshots.set(resources, snapshot)
    return snapshot
  }

  #all(type: ResourceType, messages: ReadonlyMap<string, Message>): Resources {
    const known = this.#maps.get(messages)
    if (known) return known
    const resources = mapValues(messages, (message) => this.#resource(messageTypes[type], message))
    this.#maps.set(messages, resources)
    return resources
  }

  #resource(type: string, message: Message): XdsResource {
    let known = this.#known.get(message)
    if (!known) {
      known = once(`${this.#era}.${++this.#count}`, () => encode(type, message))
      this.#known.set(message, known)
    }
    return known
  }

  #hostsOf(table: string, parts: RouteTableParts): Resources {
    let known = this.#tables.get(parts)
    if (!known) {
      const hosts = new Map<string, XdsResource>()
      for (const [host, message] of parts.hosts) {
        const { name, resource } = this.#host(table, host, message)
        hosts.set(name, resource)
      }
      known = hosts
      this.#tables.set(parts, known)
    }
    return known
  }

  /** Envoy keeps hosts by their own name and removes them by resource name, so the two are made equal. */
  #host(table: string, host: string, message: Message): HostForm {
    const forms = this.#hosts.get(message) ?? []
    for (const form of forms) if (form.table === table) return form
    const name = `${table}/${host}`
    const form = { table, name, resource: this.#resource(messageTypes.virtualHosts, { ...message, name }) }
    this.#hosts.set(message, [...forms, form])
    return form
  }

  #wholeTable(table: RouteTableParts): XdsResource {
    const known = this.#whole.get(table) ?? this.#resource(messageTypes.routes, wholeRouteTable(table))
    this.#whole.set(table, known)
    return known
  }

  #allSecrets(refs: ReadonlyMap<string, SecretRef>, blobs: BlobStore): Resources {
    const found = new Map<string, XdsResource>()
    for (const [name, ref] of refs) {
      const resource = this.#secrets.get(ref) ?? secretResource(name, ref, blobs)
      if (!resource) continue
      this.#secrets.set(ref, resource)
      found.set(name, resource)
    }
    return found
  }
}

/** Its version is of its content, so that equal secrets are equal for whoever holds them. */
function secretResource(name: string, ref: SecretRef, blobs: BlobStore): XdsResource | undefined {
  const message = secretMessage(ref, blobs)
  return message && once(`${name} ${digestsOf(ref).join(' ')}`, () => encode(messageTypes.secrets, message))
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

const mapValues = <In, Out>(
  map: ReadonlyMap<string, In>,
  make: (value: In, name: string) => Out,
): ReadonlyMap<string, Out> => new Map([...map].map(([name, value]) => [name, make(value, name)]))
