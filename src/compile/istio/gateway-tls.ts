// The TLS of one Gateway server: certificates by credentialName, client verification by mode. What cannot be built refuses every handshake.
import type { Code } from '../../diagnostics/catalogue.ts'
import type { CertificateRef, TrustRef } from '../../ir/certificate.ts'
import type { FilterChain } from '../../ir/listener.ts'
import type { Workload } from '../../ir/proxy.ts'
import type { DownstreamTls, NameMatch, PeerVerification, TlsVersion } from '../../ir/tls.ts'
import type { ServerTls } from '../../resources/gateway.ts'
import type { Read } from '../graph/query.ts'
import { identityOf } from '../mesh/identity.ts'
import type { Credential, Problem } from '../tls/credential.ts'
import { credentialCa, credentialHolder, credentialPair, explicitCa } from './credential-name.ts'

export interface ServerTlsResult {
  readonly tls: DownstreamTls
  readonly refuse?: NonNullable<FilterChain['refuse']>
  readonly problems: readonly (Problem & { readonly severity?: 'warning' })[]
}

const HANDSHAKE_MS = 15_000
const VERSIONS: Readonly<Record<string, TlsVersion>> = {
  TLSV1_0: '1.0',
  TLSV1_1: '1.1',
  TLSV1_2: '1.2',
  TLSV1_3: '1.3',
}
const CIPHERS = new Set([
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
])

const refusal = (problem: Problem): ServerTlsResult => ({
  tls: { certificates: [], alpn: [], clientCertificate: { mode: 'none' } },
  refuse: { reason: problem.code, message: problem.message },
  problems: [problem],
})
const cannot = (message: string, code: Code = 'SP0405'): ServerTlsResult => refusal({ code, message })

function verification(tls: ServerTls, trust: TrustRef, pins: boolean): PeerVerification {
  const names: readonly NameMatch[] = (tls.subjectAltNames ?? []).map((value) => ({ kind: 'literal', value }))
  const hashes = pins
    ? (tls.verifyCertificateHash ?? []).map((hash) => hash.replaceAll(':', '').toLowerCase())
    : []
  const spki = pins ? (tls.verifyCertificateSpki ?? []) : []
  return {
    trust,
    ...(names.length === 0 ? {} : { names }),
    ...(hashes.length === 0 ? {} : { fingerprints: hashes }),
    ...(spki.length === 0 ? {} : { spki }),
  }
}

function clientCa(read: Read, namespace: string, tls: ServerTls, credential: string): Credential<TrustRef> {
  return tls.caCertCredentialName
    ? explicitCa(read, namespace, tls.caCertCredentialName)
    : credentialCa(read, namespace, credential)
}

/** Versions and ciphers; unknown ciphers are dropped with a warning, as Istio does. */
function protocolSettings(tls: ServerTls): {
  settings: Partial<DownstreamTls>
  problems: ServerTlsResult['problems']
} {
  const known = [...new Set((tls.cipherSuites ?? []).filter((one) => CIPHERS.has(one)))]
  const unknown = (tls.cipherSuites ?? []).filter((one) => !CIPHERS.has(one))
  const max = VERSIONS[tls.maxProtocolVersion ?? '']
  return {
    settings: {
      minVersion: VERSIONS[tls.minProtocolVersion ?? ''] ?? '1.2',
      ...(max === undefined ? {} : { maxVersion: max }),
      ...(known.length === 0 ? {} : { cipherSuites: known }),
      handshakeTimeoutMs: HANDSHAKE_MS,
    },
    problems: unknown.map((one) => ({
      code: 'SP0405',
      severity: 'warning',
      message: `Cipher suite ${one} is not known and is left out.`,
    })),
  }
}

function certificatesOf(
  read: Read,
  namespace: string,
  names: readonly string[],
): readonly CertificateRef[] | Problem {
  const certificates: CertificateRef[] = []
  for (const name of names) {
    const holder = credentialHolder(read, namespace, name)
    if ('code' in holder) return holder
    const pair = credentialPair(read, holder)
    if ('problem' in pair) return pair.problem
    if (certificates.some((one) => one.leaf.keyType === pair.value.leaf.keyType)) {
      return {
        code: 'SP0405',
        message: `credentialNames hold two certificates with keys of type ${pair.value.leaf.keyType}.`,
      }
    }
    certificates.push(pair.value)
  }
  return certificates
}

/** ISTIO_MUTUAL: the workload's own certificate, clients of the mesh. */
function istioMutual(
  read: Read,
  workload: Workload,
  tls: ServerTls,
  alpn: readonly string[],
): ServerTlsResult {
  if (tls.credentialName || tls.credentialNames?.length || tls.serverCertificate) {
    return cannot('Mode ISTIO_MUTUAL takes no certificate settings.')
  }
  const identity = identityOf(read, workload)
  if (identity === undefined) {
    return cannot(
      `No mesh certificate has been issued for ${workload.namespace}/${workload.serviceAccount} yet.`,
      'SP0206',
    )
  }
  const { settings, problems } = protocolSettings(tls)
  return {
    problems,
    tls: {
      certificates: [identity.certificate],
      alpn,
      clientCertificate: { mode: 'require', verify: verification(tls, identity.trust, false) },
      ...settings,
    },
  }
}

/** Names and pins make a certificate required, whatever the mode says: Envoy has no way to hold them against none (DefaultCertValidator). */
const asksWho = ({ names = [], fingerprints = [], spki = [] }: PeerVerification): boolean =>
  names.length + fingerprints.length + spki.length > 0

type ClientCertificate = DownstreamTls['clientCertificate']

function clientCertificate(
  read: Read,
  namespace: string,
  tls: ServerTls,
  credential: string,
): { value: ClientCertificate; remarks: readonly Problem[] } | Problem {
  if (tls.mode === 'SIMPLE') return { value: { mode: 'none' }, remarks: [] }
  const ca = clientCa(read, namespace, tls, credential)
  if ('problem' in ca) return ca.problem
  const verify = verification(tls, ca.value, true)
  if (tls.insecureSkipVerify === true)
    return { value: { mode: 'request-unverified', verify }, remarks: ca.remarks }
  const optional = tls.mode === 'OPTIONAL_MUTUAL' && !asksWho(verify)
  return { value: { mode: optional ? 'optional' : 'require', verify }, remarks: ca.remarks }
}

/** The TLS of a server that terminates it, as a gateway workload would hold it. */
export function serverTls(read: Read, workload: Workload, tls: ServerTls, http: boolean): ServerTlsResult {
  const alpn = http ? ['h2', 'http/1.1'] : []
  if (tls.mode === 'ISTIO_MUTUAL') return istioMutual(read, workload, tls, alpn)
  if (tls.mode !== 'SIMPLE' && tls.mode !== 'MUTUAL' && tls.mode !== 'OPTIONAL_MUTUAL') {
    return cannot(`TLS mode ${tls.mode} is not supported.`)
  }
  if (tls.serverCertificate || tls.privateKey || tls.caCertificates || tls.tlsCertificates?.length) {
    return cannot('Certificates from files of the gateway are not supported; use credentialName.')
  }
  const names = tls.credentialNames?.length
    ? tls.credentialNames
    : tls.credentialName
      ? [tls.credentialName]
      : []
  const [first] = names
  if (first === undefined) return cannot(`TLS mode ${tls.mode} needs a credentialName.`)
  const certificates = certificatesOf(read, workload.namespace, names)
  if ('code' in certificates) return refusal(certificates)
  const client = clientCertificate(read, workload.namespace, tls, first)
  if ('code' in client) return refusal(client)
  const { settings, problems } = protocolSettings(tls)
  return {
    tls: { certificates, alpn, clientCertificate: client.value, ...settings },
    problems: [...problems, ...client.remarks.map((one) => ({ ...one, severity: 'warning' as const }))],
  }
}
