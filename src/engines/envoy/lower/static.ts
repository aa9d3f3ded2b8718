// The full static configuration of one proxy: what `sallyport compile -o envoy` prints and `envoy --mode validate` reads.
import type { Proxy } from '../../../ir/proxy.ts'
import type { BlobStore, Locate } from '../../engine.ts'
import { createLowerer } from './lower.ts'
import { compact, type Message } from './proto.ts'
import type { SecretRef } from './tls.ts'

/** The bytes of a secret as config of extensions.transport_sockets.tls.v3.Secret; undefined when the store lacks any of them. */
export function secretMessage(secret: SecretRef, blobs: BlobStore): Message | undefined {
  const text = (digest: string | undefined) => {
    const bytes = digest === undefined ? undefined : blobs.get(digest)
    return bytes && { inline_string: new TextDecoder().decode(bytes) }
  }
  if (secret.kind === 'certificate') {
    const certificate_chain = text(secret.chain)
    const private_key = text(secret.key)
    return (
      certificate_chain &&
      private_key && { name: secret.name, tls_certificate: { certificate_chain, private_key } }
    )
  }
  const trusted_ca = text(secret.roots)
  const crl = text(secret.crl)
  if (!trusted_ca || (secret.crl && !crl)) return undefined
  return { name: secret.name, validation_context: compact({ trusted_ca, crl }) }
}

/** References to secrets by ADS become references to the static secrets of the same name. */
function inline(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inline)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.filter(([key]) => key !== 'sds_config').map(([key, inner]) => [key, inline(inner)]),
  )
}

/** config.bootstrap.v3.Bootstrap with everything static. A secret whose bytes are missing is left out, so that Envoy refuses its chains. */
export function staticBootstrap(
  proxy: Proxy,
  locate: Locate,
  blobs: BlobStore,
  admin?: { readonly host: string; readonly port: number },
): Message {
  const { listeners, clusters, secrets } = createLowerer(locate, 'static').lower(proxy)
  const found = [...secrets.values()].flatMap((secret) => secretMessage(secret, blobs) ?? [])
  return compact({
    node: { id: proxy.id, cluster: proxy.workload.name },
    static_resources: {
      listeners: [...listeners.values()].map(inline),
      clusters: [...clusters.values()].map(inline),
      secrets: found,
    },
    admin: admin && { address: { socket_address: { address: admin.host, port_value: admin.port } } },
  })
}
