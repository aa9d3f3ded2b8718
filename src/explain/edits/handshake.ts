// Edits for handshakes that end: names that are asked for, certificates and anchors in secrets, pins.
import type { CertificateFacts } from '../../ir/certificate.ts'
import type { DestinationRule } from '../../resources/destination-rule.ts'
import { DESTINATION_RULE, SECRET } from '../../resources/kinds.ts'
import { getOf, listOf, type Resource, type Snapshot } from '../../resources/snapshot.ts'
import type { Hop, TlsStep } from '../hop.ts'
import type { VerifyFailure } from '../verify.ts'
import { sslService, withSslService } from './annotation.ts'
import { append, type Edit, edit } from './edit.ts'
import { resourceAt } from './resource-at.ts'

type Why = VerifyFailure['reason']

/** A door that refuses the certificate that the next one shows. */
export function acceptServer(
  before: Hop | undefined,
  tls: TlsStep | undefined,
  why: Why | undefined,
  snapshot: Snapshot,
): Edit | undefined {
  if (before?.upstream?.origin === undefined || tls?.presented === undefined) return undefined
  if (why === 'wrong-name') {
    const [name] = tls.presented.sans.dns.filter((one) => !one.startsWith('*'))
    return name === undefined ? undefined : askFor(before, name, snapshot)
  }
  return why === 'untrusted' ? anchor(tls.trust, tls.presented, snapshot) : undefined
}

/** The ALB asks for another name (SNI and the name that it checks are one). */
export function askFor(before: Hop, name: string, snapshot: Snapshot): Edit | undefined {
  const ingress = resourceAt(snapshot, before.upstream?.origin ?? {})
  const service = before.upstream?.service?.name
  return ingress?.object.kind === 'Ingress' && service !== undefined
    ? withSslService(ingress, service, { 'proxy-ssl-name': name })
    : undefined
}

/** A door that refuses the certificate of its client. */
export function acceptClient(
  hop: Hop,
  before: Hop | undefined,
  why: Why | undefined,
  snapshot: Snapshot,
): Edit | undefined {
  const given = hop.tls?.client.given
  if (why === 'no-certificate') return before && presentAt(before, snapshot)
  if (given === undefined) return undefined
  if (why === 'untrusted') return anchor(hop.tls?.client.trust, given, snapshot)
  const gateway = resourceAt(snapshot, hop.chain?.origin ?? {})
  const server = /^spec\.servers\[\d+\]/.exec(hop.chain?.origin.field ?? '')?.[0]
  if (gateway === undefined || server === undefined) return undefined
  if (why === 'not-pinned') return append(gateway, `${server}.tls.verifyCertificateHash`, given.fingerprint)
  const name = given.sans.uri[0] ?? given.sans.dns[0]
  return why === 'wrong-name' && name !== undefined
    ? append(gateway, `${server}.tls.subjectAltNames`, name)
    : undefined
}

/** A client certificate for the ALB goes into the secret that ssl-services names. */
function presentAt(before: Hop, snapshot: Snapshot): Edit | undefined {
  const ingress = resourceAt(snapshot, before.upstream?.origin ?? {})
  const service = before.upstream?.service?.name
  if (ingress?.object.kind !== 'Ingress' || service === undefined) return undefined
  const named = sslService(ingress, service)?.get('ssl-secret')
  if (named === undefined) return withSslService(ingress, service, { 'ssl-secret': 'NAME' })
  return inSecret(named, ingress.object.metadata.namespace, snapshot, [
    '+ client.crt: # PEM, leaf first',
    '+ client.key: # its key',
  ])
}

function inSecret(
  name: string,
  namespace: string | undefined,
  { platform, ...snapshot }: Snapshot,
  lines: readonly string[],
): Edit | undefined {
  const places = [...(namespace === undefined ? [] : [namespace]), ...platform.secretFallback]
  const secret = places
    .map((place) => getOf({ ...snapshot, platform }, SECRET, name, place))
    .find((one): one is Resource => one !== undefined)
  return secret && { origin: secret.origin('data'), lines: ['  stringData:', ...lines] }
}

/** An anchor that leads to a certificate is added to a bundle. */
function anchor(trust: TlsStep['trust'], { issuer }: CertificateFacts, snapshot: Snapshot): Edit | undefined {
  const bundle = trust && resourceAt(snapshot, trust.origin)
  if (!trust || !bundle) return undefined
  const [, key = 'ca.crt'] = /^data\[(.+)\]$/.exec(trust.origin.field ?? '') ?? []
  return {
    origin: bundle.origin(`data[${key}]`),
    lines: ['  stringData:', `  ${key}: |`, '    # what it holds', `+   # and the PEM of ${issuer}`],
  }
}

/** Plaintext at a STRICT port, because a DestinationRule says so. */
export function meshTls(before: Hop | undefined, snapshot: Snapshot): Edit | undefined {
  const host = before?.upstream?.service?.host
  const rule = listOf<DestinationRule>(snapshot, DESTINATION_RULE).find(
    ({ object: { spec, metadata } }) =>
      spec?.trafficPolicy?.tls?.mode === 'DISABLE' &&
      (spec.host === host ||
        `${spec.host}.${metadata.namespace}.svc.${snapshot.platform.clusterDomain}` === host),
  )
  return (
    rule && {
      ...edit(rule, 'spec.trafficPolicy.tls.mode', 'ISTIO_MUTUAL'),
      advice: 'The port takes mutual TLS of the mesh only, and a DestinationRule turns it off: turn it on.',
    }
  )
}
