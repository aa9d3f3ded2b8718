// All diagnostics of a snapshot, each once, in a stable order.
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts'
import { formatOrigin } from '../diagnostics/origin.ts'
import {
  AUTHORIZATION_POLICY,
  GATEWAY,
  INGRESS,
  PEER_AUTHENTICATION,
  POD,
  VIRTUAL_SERVICE,
} from '../resources/kinds.ts'
import { readKeys, readObject } from './graph/inputs.ts'
import { query, type Read } from './graph/query.ts'
import { compiledIngress } from './ingress/ingress.ts'
import { virtualServiceFindings } from './istio/findings.ts'
import { gatewayProxy } from './istio/gateway.ts'
import { gatewayServers, workloadsOf } from './istio/servers.ts'
import { outboundFindings } from './mesh/outbound.ts'
import { sidecarKeys } from './mesh/sidecar.ts'
import { authorizationPolicy } from './security/authorization.ts'
import { peerAuthenticationFindings } from './security/peer-authentication.ts'
import { podFacts } from './workload/pod-facts.ts'
import { proxyKeys } from './workload/proxies.ts'

const gatewayFindings = query<readonly Diagnostic[]>('gateway-findings', (read, key) => {
  const resource = readObject(read, GATEWAY, key)
  const unused = read(workloadsOf, key).length === 0
  return [
    ...read(gatewayServers, key).diagnostics,
    ...(unused && resource !== undefined
      ? [
          diagnostic(
            'SP0403',
            resource.origin('spec.selector'),
            `No gateway pod has the labels that Gateway ${key} selects.`,
          ),
        ]
      : []),
  ]
})

function meshFindings(read: Read): readonly Diagnostic[] {
  const byNamespace = new Map<string, string>()
  for (const key of read(sidecarKeys, '')) byNamespace.set(key.split('/')[0] ?? '', key)
  return [...byNamespace.values()].flatMap((key) => {
    const pod = readObject(read, POD, key) && read(podFacts, key)
    return pod === undefined ? [] : outboundFindings(read, pod)
  })
}

const nameOf = (one: Diagnostic): string => `${formatOrigin(one.origin)} ${one.code} ${one.message}`

/** Sorted by object, field and code. */
export const findings = query<readonly Diagnostic[]>('findings', (read) => {
  const all = [
    ...readKeys(read, INGRESS).flatMap((key) => read(compiledIngress, key).diagnostics),
    ...readKeys(read, GATEWAY).flatMap((key) => read(gatewayFindings, key)),
    ...readKeys(read, VIRTUAL_SERVICE).flatMap((key) => read(virtualServiceFindings, key)),
    ...readKeys(read, PEER_AUTHENTICATION).flatMap((key) => read(peerAuthenticationFindings, key)),
    ...readKeys(read, AUTHORIZATION_POLICY).flatMap((key) => read(authorizationPolicy, key).diagnostics),
    ...proxyKeys(read).flatMap((key) =>
      key.startsWith('gateway ') ? read(gatewayProxy, key).diagnostics : [],
    ),
    ...meshFindings(read),
  ]
  const unique = new Map(all.map((one) => [nameOf(one), one]))
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
})
