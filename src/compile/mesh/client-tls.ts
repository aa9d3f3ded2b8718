// TLS that a DestinationRule asks for: DISABLE, SIMPLE, MUTUAL. What cannot be built refuses; nothing falls back to plaintext.
import type { Code } from '../../diagnostics/catalogue.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { NameMatch, UpstreamTls } from '../../ir/tls.ts'
import type { ClientTls } from '../../resources/destination-rule.ts'
import type { Read } from '../graph/query.ts'
import { credentialCa, credentialHolder, credentialPair } from '../istio/credential-name.ts'
import type { Problem } from '../tls/credential.ts'

export type ClusterTls = Pick<Cluster, 'tls' | 'refuse'>

const refused = (code: Code, message: string): ClusterTls => ({ refuse: { reason: code, message } })
const fromProblem = (problem: Problem): ClusterTls => refused(problem.code, problem.message)

/** The TLS of a cluster under an explicit rule (ISTIO_MUTUAL is made elsewhere). */
export function clientTls(
  read: Read,
  client: { readonly kind: 'gateway' | 'sidecar'; readonly namespace: string },
  rule: ClientTls,
  protocol: Cluster['protocol'],
): ClusterTls {
  const mode = rule.mode ?? 'DISABLE'
  if (mode === 'DISABLE') return {}
  if (rule.caCertificates || rule.clientCertificate || rule.privateKey) {
    return refused('SP0504', 'Certificates from files of the proxy are not supported; use credentialName.')
  }
  const names: readonly NameMatch[] = (rule.subjectAltNames ?? []).map((value) => ({
    kind: 'literal',
    value,
  }))
  const base: Omit<UpstreamTls, 'verify'> = {
    sni: rule.sni ?? { from: 'host' },
    alpn: protocol === 'http2' ? ['h2'] : protocol === 'http1' ? ['http/1.1'] : [],
    minVersion: '1.2',
  }
  if (rule.insecureSkipVerify === true && mode === 'SIMPLE') {
    return { tls: { context: { ...base, verify: 'off' }, when: 'always' } }
  }
  if (!rule.credentialName) {
    return refused(
      'SP0504',
      `TLS mode ${mode} needs a credentialName: there is no set of public roots to trust here.`,
    )
  }
  if (client.kind === 'sidecar') {
    return refused('SP0504', 'credentialName needs a gateway, or a workloadSelector, which is not supported.')
  }
  const holder = credentialHolder(read, client.namespace, rule.credentialName)
  if ('code' in holder) return fromProblem(holder)
  const ca = credentialCa(read, client.namespace, rule.credentialName)
  if ('problem' in ca) return fromProblem(ca.problem)
  const pair = mode === 'MUTUAL' ? credentialPair(read, holder) : undefined
  if (pair !== undefined && 'problem' in pair) return fromProblem(pair.problem)
  return {
    tls: {
      when: 'always',
      context: {
        ...base,
        verify: { trust: ca.value, ...(names.length === 0 ? {} : { names }) },
        ...(names.length === 0 ? { verifyHost: true } : {}),
        ...(pair === undefined ? {} : { certificate: pair.value }),
      },
    },
  }
}
