// TLS contexts and the secrets they name. Bytes are not here: a secret is a name with digests, filled in by whoever serves SDS.
import type { CertificateRef, Digest, TrustRef } from '../../../ir/certificate.ts'
import type { DownstreamTls, NameMatch, PeerVerification, TlsVersion, UpstreamTls } from '../../../ir/tls.ts'
import { any, compact, duration, type Message } from './proto.ts'

/** An SDS resource without its bytes. */
export type SecretRef =
  | { readonly kind: 'certificate'; readonly name: string; readonly chain: Digest; readonly key: Digest }
  | { readonly kind: 'validation'; readonly name: string; readonly roots: Digest; readonly crl?: Digest }

const certificateSecret = (ref: CertificateRef): SecretRef => ({
  kind: 'certificate',
  name: `${ref.name}~${ref.chain.slice(0, 12)}`,
  chain: ref.chain,
  key: ref.key,
})
const trustSecret = (ref: TrustRef): SecretRef => ({
  kind: 'validation',
  name: `${ref.name}~ca~${ref.roots.slice(0, 12)}${ref.crl ? `~${ref.crl.slice(0, 8)}` : ''}`,
  roots: ref.roots,
  ...(ref.crl ? { crl: ref.crl } : {}),
})

const sds = (name: string): Message => ({ name, sds_config: { ads: {}, resource_api_version: 'V3' } })

const versions: Readonly<Record<TlsVersion, string>> = {
  '1.0': 'TLSv1_0',
  '1.1': 'TLSv1_1',
  '1.2': 'TLSv1_2',
  '1.3': 'TLSv1_3',
}

function parameters(
  tls: Pick<DownstreamTls, 'minVersion' | 'maxVersion' | 'cipherSuites'>,
): Message | undefined {
  if (!tls.minVersion && !tls.maxVersion && !tls.cipherSuites) return undefined
  return compact({
    tls_minimum_protocol_version: tls.minVersion && versions[tls.minVersion],
    tls_maximum_protocol_version: tls.maxVersion && versions[tls.maxVersion],
    cipher_suites: tls.cipherSuites,
  })
}

const SAN_TYPES = ['DNS', 'URI', 'IP_ADDRESS', 'EMAIL'] as const

function nameMatchers(name: NameMatch): readonly Message[] {
  if (name.kind === 'dns') return [{ san_type: 'DNS', matcher: { exact: name.value } }]
  if (name.kind === 'uri-prefix') return [{ san_type: 'URI', matcher: { prefix: name.value } }]
  return SAN_TYPES.map((san_type) => ({ san_type, matcher: { exact: name.value } }))
}

/** Envoy takes no malformed pin. One that cannot be a SHA-256 matches nothing, and neither does all zeros. */
function pins(verify: PeerVerification): Message {
  const { fingerprints = [], spki = [] } = verify
  const hashes = fingerprints.filter((text) => /^[0-9a-f]{2}(:?[0-9a-f]{2}){31}$/i.test(text))
  const keys = spki.filter((text) => /^[A-Za-z0-9+/]{43}=$/.test(text))
  const none = fingerprints.length + spki.length > 0 && hashes.length + keys.length === 0
  return compact({
    verify_certificate_hash: none ? ['0'.repeat(64)] : hashes.length > 0 ? hashes : undefined,
    verify_certificate_spki: keys.length > 0 ? keys : undefined,
  })
}

function validation(verify: PeerVerification): { readonly combined: Message; readonly secret: SecretRef } {
  const secret = trustSecret(verify.trust)
  const names = (verify.names ?? []).flatMap(nameMatchers)
  const combined = {
    default_validation_context: compact({
      match_typed_subject_alt_names: names.length > 0 ? names : undefined,
      max_verify_depth: verify.depth,
      ...pins(verify),
    }),
    validation_context_sds_secret_config: sds(secret.name),
  }
  return { combined, secret }
}

interface Socket {
  readonly socket: Message
  readonly secrets: readonly SecretRef[]
}

/** The transport socket of a filter chain. */
export function downstreamSocket(tls: DownstreamTls): Socket {
  const certificates = tls.certificates.map(certificateSecret)
  const client = tls.clientCertificate
  const peer = client.mode === 'none' || !client.verify ? undefined : validation(client.verify)
  const unverified = client.mode === 'request-unverified'
  const context = {
    common_tls_context: compact({
      tls_params: parameters(tls),
      alpn_protocols: tls.alpn,
      tls_certificate_sds_secret_configs: certificates.map(({ name }) => sds(name)),
      combined_validation_context: peer && unverified ? acceptUntrusted(peer.combined) : peer?.combined,
      validation_context: unverified && !peer ? { trust_chain_verification: 'ACCEPT_UNTRUSTED' } : undefined,
    }),
    require_client_certificate: client.mode === 'require',
    disable_stateful_session_resumption: false,
  }
  return {
    socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: any('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', context),
    },
    secrets: peer ? [...certificates, peer.secret] : certificates,
  }
}

const acceptUntrusted = (combined: Message): Message => ({
  ...combined,
  default_validation_context: {
    ...(combined['default_validation_context'] as Message),
    trust_chain_verification: 'ACCEPT_UNTRUSTED',
  },
})

/** The transport socket of a cluster (or of a transport socket match). */
export function upstreamSocket(tls: UpstreamTls): Socket {
  const certificate = tls.certificate && certificateSecret(tls.certificate)
  const peer = tls.verify === 'off' ? undefined : validation(tls.verify)
  const context = compact({
    sni: typeof tls.sni === 'string' ? tls.sni : undefined,
    common_tls_context: compact({
      tls_params: parameters(tls),
      alpn_protocols: tls.alpn.length > 0 ? tls.alpn : undefined,
      tls_certificate_sds_secret_configs: certificate ? [sds(certificate.name)] : undefined,
      combined_validation_context: peer?.combined,
    }),
  })
  return {
    socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: any('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', context),
    },
    secrets: [...(certificate ? [certificate] : []), ...(peer ? [peer.secret] : [])],
  }
}

/** How long a client may take for its handshake. */
export const handshakeTimeout = (tls: DownstreamTls | undefined): string | undefined =>
  (tls?.handshakeTimeoutMs && duration(tls.handshakeTimeoutMs)) || undefined
