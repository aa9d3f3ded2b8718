// SP06xx: PeerAuthentication, RequestAuthentication and AuthorizationPolicy.
import type { CodeEntry } from '../code-entry.ts'

export const securityCodes = {
  SP0601: {
    severity: 'error',
    title: 'The policy is not enforced',
    explanation:
      'A security object uses something that cannot be enforced here. It is refused rather than ignored.',
    fix: 'Use the fields listed in docs/compatibility.md.',
  },
  SP0602: {
    severity: 'warning',
    title: 'The selector has no effect here',
    explanation:
      'A PeerAuthentication of the root namespace with a selector does not change the mode of any workload.',
    fix: 'Move the object into the namespace of the workload, or remove its selector.',
  },
  SP0603: {
    severity: 'warning',
    title: 'portLevelMtls has no effect',
    explanation: 'Port settings apply only together with a selector.',
    fix: 'Add a selector.',
  },
  SP0604: {
    severity: 'warning',
    title: 'The selector matches no pod',
    explanation:
      'No pod in the namespace has these labels, so the object counts for nobody: a policy protects nothing, a Telemetry changes no log and no trace.',
    fix: 'Correct the labels of the selector.',
    istio: ['IST0127'],
  },
  SP0605: {
    severity: 'warning',
    title: 'The policy sees the address of the load balancer',
    explanation:
      'The gateway is behind a load balancer that speaks HTTP to it, so the address of the connection is that of the load balancer and not of the client.',
    fix: 'Match on an identity, or restrict addresses at the load balancer.',
  },
  SP0606: {
    severity: 'error',
    title: 'An issuer has no usable key',
    explanation:
      'The keys of a jwtRule are missing, no JSON Web Key Set, or none of them is a public key for signatures. Requests without a token pass as before; every token of the issuer is refused.',
    fix: 'Give the key set that the issuer publishes, in jwks or by jwksUri.',
  },
  SP0607: {
    severity: 'warning',
    title: 'The keys of an issuer cannot be fetched',
    explanation:
      'A jwksUri (or the issuer’s discovery document) did not answer with a key set. Keys fetched before stay in use; without any, every token of the issuer is refused.',
    fix: 'Make the URI reachable from where sallyport runs, correct it, or give the keys in jwks.',
  },
  SP0608: {
    severity: 'info',
    title: 'Tokens are verified but not required',
    explanation:
      'A RequestAuthentication refuses bad tokens only: a request without one passes. No AuthorizationPolicy of these workloads asks for a token.',
    fix: 'Add an AuthorizationPolicy with requestPrincipals: ["*"], if a token is to be required.',
  },
  SP0609: {
    severity: 'warning',
    title: 'Two jwtRules have one issuer',
    explanation:
      'Two rules for the same workload name the same issuer. A token is good when either takes it, and which of them writes headers depends on their order.',
    fix: 'Put both into one rule.',
  },
  SP0610: {
    severity: 'error',
    title: 'The external authorizer cannot be asked',
    explanation:
      'A CUSTOM policy names a provider that the mesh configuration does not have, or whose Service does not exist. The policy denies everything it applies to.',
    fix: 'Add the provider (envoyExtAuthzHttp) to extensionProviders in the ConfigMap istio-system/istio, or correct the name.',
  },
  SP0611: {
    severity: 'error',
    title: 'Two external authorizers for one workload',
    explanation:
      'A workload can have one external authorizer. Where CUSTOM policies name several, all of them deny everything they apply to.',
    fix: 'Let all CUSTOM policies of the workload name one provider.',
  },
} satisfies Record<string, CodeEntry>
