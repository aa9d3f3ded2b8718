// All built-in kinds that the API serves, in the order of discovery (networking.k8s.io before extensions).
import { crdKind } from './crd/crd-kind.ts'
import type { KindDefinition } from './kind.ts'
import { configMapKind } from './kinds/config-map.ts'
import { deploymentKind } from './kinds/deployment.ts'
import { endpointSliceKind } from './kinds/endpoint-slice.ts'
import { endpointsKind } from './kinds/endpoints.ts'
import { eventKind } from './kinds/event.ts'
import { ingressKind } from './kinds/ingress.ts'
import { ingressClassKind } from './kinds/ingress-class.ts'
import { leaseKind } from './kinds/lease.ts'
import { namespaceKind } from './kinds/namespace.ts'
import { nodeKind } from './kinds/node.ts'
import { podKind } from './kinds/pod.ts'
import { replicaSetKind } from './kinds/replica-set.ts'
import { secretKind } from './kinds/secret.ts'
import { serviceKind } from './kinds/service.ts'
import { serviceAccountKind } from './kinds/service-account.ts'

export const builtinKinds: readonly KindDefinition[] = [
  namespaceKind,
  configMapKind,
  secretKind,
  serviceKind,
  serviceAccountKind,
  podKind,
  endpointsKind,
  eventKind,
  nodeKind,
  deploymentKind,
  replicaSetKind,
  endpointSliceKind,
  ingressKind,
  ingressClassKind,
  leaseKind,
  crdKind,
]
