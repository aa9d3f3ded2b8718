// AuthorizationPolicy (security.istio.io): the fields that are read.
import type { KubeObject } from './object.ts'

export interface AuthorizationPolicy extends KubeObject {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly targetRef?: unknown
    readonly targetRefs?: readonly unknown[]
    readonly action?: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM'
    /** Of CUSTOM: one of the mesh configuration's extensionProviders. */
    readonly provider?: { readonly name?: string }
    readonly rules?: readonly AuthorizationRule[]
  }
}

/** All three parts must hold; within from and to any one entry. */
export interface AuthorizationRule {
  readonly from?: readonly { readonly source?: AuthorizationSource }[]
  readonly to?: readonly { readonly operation?: AuthorizationOperation }[]
  readonly when?: readonly AuthorizationCondition[]
}

type Values = readonly string[]

export interface AuthorizationSource {
  readonly principals?: Values
  readonly notPrincipals?: Values
  readonly requestPrincipals?: Values
  readonly notRequestPrincipals?: Values
  readonly namespaces?: Values
  readonly notNamespaces?: Values
  readonly serviceAccounts?: Values
  readonly notServiceAccounts?: Values
  readonly ipBlocks?: Values
  readonly notIpBlocks?: Values
  readonly remoteIpBlocks?: Values
  readonly notRemoteIpBlocks?: Values
  readonly trustDomains?: Values
  readonly notTrustDomains?: Values
}

export interface AuthorizationOperation {
  readonly hosts?: Values
  readonly notHosts?: Values
  readonly ports?: Values
  readonly notPorts?: Values
  readonly methods?: Values
  readonly notMethods?: Values
  readonly paths?: Values
  readonly notPaths?: Values
}

export interface AuthorizationCondition {
  readonly key?: string
  readonly values?: Values
  readonly notValues?: Values
}
