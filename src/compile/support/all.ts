// The declarations of all kinds, in the order of docs/compatibility.md.

import { type KubeObject, parseApiVersion } from '../../resources/object.ts'
import { kindKey } from '../../resources/snapshot.ts'
import type { Support } from './declaration.ts'
import { destinationRuleSupport } from './destination-rule.ts'
import { gatewaySupport } from './gateway.ts'
import { ingressSupport } from './ingress.ts'
import {
  authorizationPolicySupport,
  peerAuthenticationSupport,
  requestAuthenticationSupport,
} from './security.ts'
import { serviceSupport } from './service.ts'
import { telemetrySupport } from './telemetry.ts'
import { virtualServiceSupport } from './virtual-service.ts'

export const allSupport: readonly Support[] = [
  ingressSupport,
  serviceSupport,
  gatewaySupport,
  virtualServiceSupport,
  destinationRuleSupport,
  peerAuthenticationSupport,
  requestAuthenticationSupport,
  authorizationPolicySupport,
  telemetrySupport,
]

const byKind = new Map(allSupport.map((one) => [one.kind, one]))

/** The declaration of an object's kind, if routing acts on that kind. */
export function supportOf(object: KubeObject): Support | undefined {
  return byKind.get(kindKey({ group: parseApiVersion(object.apiVersion).group, kind: object.kind }))
}
