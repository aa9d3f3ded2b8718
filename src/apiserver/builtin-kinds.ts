// All built-in kinds that the API serves, in the order of discovery (networking.k8s.io before extensions).
import { crdKind } from './crd/crd-kind.ts'
import type { KindDefinition } from './kind.ts'
import { configMapKind } from './kinds/config-map.ts'
import { ingressKind } from './kinds/ingress.ts'
import { ingressClassKind } from './kinds/ingress-class.ts'
import { namespaceKind } from './kinds/namespace.ts'
import { secretKind } from './kinds/secret.ts'
import { serviceKind } from './kinds/service.ts'
import { serviceAccountKind } from './kinds/service-account.ts'

export const builtinKinds: readonly KindDefinition[] = [
  namespaceKind,
  configMapKind,
  secretKind,
  serviceKind,
  serviceAccountKind,
  ingressKind,
  ingressClassKind,
  crdKind,
]
