// Responses as bytes. What does not differ between streams is encoded once: in protobuf the parts of a message may follow one another in any cut.
import { type Changes, NO_CHANGES } from './changes.ts'
import type { DeltaResponse } from './delta-stream.ts'
import { typeOf } from './protos.ts'
import { type ResourceType, typeUrl } from './resource-types.ts'
import type { SotwResponse } from './sotw-stream.ts'

const PACKAGE = 'envoy.service.discovery.v3'

function encode(name: string, message: object): Uint8Array {
  const type = typeOf(`${PACKAGE}.${name}`)
  return type.encode(type.fromObject(message)).finish()
}

const bodies = new WeakMap<Changes, Uint8Array>()

function deltaBody(type: ResourceType, changes: Changes): Uint8Array {
  const known = bodies.get(changes)
  if (known) return known
  const body = encode('DeltaDiscoveryResponse', {
    type_url: typeUrl(type),
    resources: changes.changed.map(({ name, resource }) => ({
      name,
      version: resource.version,
      resource: { type_url: typeUrl(type), value: resource.bytes() },
    })),
    removed_resources: changes.removed,
  })
  // That one is nothing of every type.
  if (changes !== NO_CHANGES) bodies.set(changes, body)
  return body
}

/** A DeltaDiscoveryResponse. */
export function encodeDelta({ type, changes, nonce }: DeltaResponse): Buffer {
  return Buffer.concat([deltaBody(type, changes), encode('DeltaDiscoveryResponse', { nonce })])
}

/** A DiscoveryResponse. */
export function encodeSotw({ type, version, resources, nonce }: SotwResponse): Buffer {
  return Buffer.from(
    encode('DiscoveryResponse', {
      type_url: typeUrl(type),
      version_info: version,
      nonce,
      resources: resources.map((resource) => ({ type_url: typeUrl(type), value: resource.bytes() })),
    }),
  )
}
