// PeerAuthentication, RequestAuthentication and AuthorizationPolicy: what of them is enforced. What is not is refused, never ignored.
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

export const requestAuthenticationSupport: Support = {
  kind: 'RequestAuthentication.security.istio.io',
  summary:
    'Tokens are verified at gateways and sidecars: a bad one is refused, a request without one passes. Claims are for AuthorizationPolicies and for routes of gateways.',
  fields: [
    'spec.selector.matchLabels.*',
    'spec.jwtRules[].issuer',
    'spec.jwtRules[].audiences[]',
    'spec.jwtRules[].jwksUri',
    'spec.jwtRules[].jwks_uri',
    'spec.jwtRules[].jwks',
    'spec.jwtRules[].fromHeaders[].name',
    'spec.jwtRules[].fromHeaders[].prefix',
    'spec.jwtRules[].fromParams[]',
    'spec.jwtRules[].fromCookies[]',
    'spec.jwtRules[].outputPayloadToHeader',
    'spec.jwtRules[].outputClaimToHeaders[].header',
    'spec.jwtRules[].outputClaimToHeaders[].claim',
    'spec.jwtRules[].forwardOriginalToken',
    'spec.jwtRules[].timeout',
    'spec.jwtRules[].spaceDelimitedClaims[]',
  ],
  notes: {
    'spec.targetRefs': 'Gateway API objects are not supported; the object is refused.',
    'spec.targetRef': 'Gateway API objects are not supported; the object is refused.',
  },
  differences: [
    'Symmetric keys, and keys with `use: enc`, are left out of a key set.',
    'Headers that a rule writes are taken away from every request, whichever rule takes its token.',
    'A header that frames the message (host, content-length, …) cannot be written from a token; the object is refused.',
  ],
}

const SOURCE = [
  'principals',
  'requestPrincipals',
  'namespaces',
  'serviceAccounts',
  'ipBlocks',
  'remoteIpBlocks',
  'trustDomains',
]
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
    'spec.targetRefs': 'Gateway API objects are not supported; the policy is refused.',
    'spec.targetRef': 'Gateway API objects are not supported; the policy is refused.',
  },
  differences: ['Condition keys experimental.* are refused.'],
}
