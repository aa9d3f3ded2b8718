// PeerAuthentication and AuthorizationPolicy: what of them is enforced. What is not is refused, never ignored.
import type { Support } from './declaration.ts'

export const peerAuthenticationSupport: Support = {
  kind: 'PeerAuthentication.security.istio.io',
  summary:
    'The mutual TLS mode of injected pods: port over workload over namespace over mesh, else PERMISSIVE.',
  fields: ['spec.selector.matchLabels.*', 'spec.mtls.mode', 'spec.portLevelMtls.*.mode'],
  differences: [
    'Ports of a pod that neither a container nor a Service names do not exist: nothing listens there.',
    'Ports without a protocol in their name take plaintext as TCP: HTTP conditions of policies do not apply to it.',
  ],
}

const SOURCE = ['principals', 'namespaces', 'serviceAccounts', 'ipBlocks', 'remoteIpBlocks', 'trustDomains']
const OPERATION = ['hosts', 'ports', 'methods', 'paths']
const both = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [name, `not${name[0]?.toUpperCase()}${name.slice(1)}`])

export const authorizationPolicySupport: Support = {
  kind: 'AuthorizationPolicy.security.istio.io',
  summary:
    'Enforced at gateways and sidecars. A policy with anything that cannot be enforced is refused; one that is stored already denies everything.',
  fields: [
    'spec.selector.matchLabels.*',
    'spec.action',
    'spec.provider.**',
    ...both(SOURCE).map((field) => `spec.rules[].from[].source.${field}[]`),
    ...both(OPERATION).map((field) => `spec.rules[].to[].operation.${field}[]`),
    'spec.rules[].when[].key',
    'spec.rules[].when[].values[]',
    'spec.rules[].when[].notValues[]',
  ],
  notes: {
    'spec.action': 'CUSTOM needs an external authorizer and is refused.',
    'spec.rules[].from[].source.requestPrincipals': 'Needs a verified token; the policy is refused.',
    'spec.rules[].from[].source.notRequestPrincipals': 'Needs a verified token; the policy is refused.',
    'spec.targetRefs': 'Gateway API objects are not supported; the policy is refused.',
    'spec.targetRef': 'Gateway API objects are not supported; the policy is refused.',
  },
  differences: ['Condition keys request.auth.* and experimental.* are refused.'],
}
