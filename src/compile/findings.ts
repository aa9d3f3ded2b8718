// All diagnostics of a snapshot, each once, in a stable order.
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts'
import { formatOrigin } from '../diagnostics/origin.ts'
import {
  AUTHORIZATION_POLICY,
  DESTINATION_RULE,
  GATEWAY,
  INGRESS,
  PEER_AUTHENTICATION,
  POD,
  REQUEST_AUTHENTICATION,
  SERVICE,
  TELEMETRY,
  VIRTUAL_SERVICE,
} from '../resources/kinds.ts'
import { kindKey } from '../resources/snapshot.ts'
import { readKeys, readObject } from './graph/inputs.ts'
import { joinKey, query, type Read } from './graph/query.ts'
import { albFindings } from './ingress/alb.ts'
import { ingressFindings } from './ingress/ingress.ts'
import { virtualServiceFindings } from './istio/findings.ts'
import { gatewayProxyFindings } from './istio/gateway.ts'
import { gatewayServers, workloadsOf } from './istio/servers.ts'
import { destinationRuleFaults } from './mesh/destination-rules.ts'
import { outboundFindings } from './mesh/outbound.ts'
import { sidecarKeys } from './mesh/sidecar.ts'
import { bindFindings } from './proxies.ts'
import { authorizationPolicy } from './security/authorization.ts'
import { authorizerConflicts } from './security/authorizer-conflicts.ts'
import { peerAuthenticationFindings } from './security/peer-authentication.ts'
import { requestAuthenticationFindings } from './security/request-authentication.ts'
import { foreignKinds } from './support/foreign.ts'
import { unsupported } from './support.ts'
import { meshConfig } from './telemetry/mesh-config.ts'
import { observationFindings } from './telemetry/observe.ts'
import { type Side, telemetryFaults } from './telemetry/telemetries.ts'
import { podFacts, podFaults } from './workload/pod-facts.ts'
import { proxyKeys, proxyWorkload } from './workload/proxies.ts'
import { serviceFaults } from './workload/services.ts'

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
  const byAccount = new Map<string, string>()
  for (const key of read(sidecarKeys, '')) {
    const pod = read(podFacts, key)
    byAccount.set(`${pod?.namespace}/${pod?.serviceAccount}`, key)
  }
  return [...byAccount.values()].flatMap((key) => {
    const pod = read(podFacts, key)
    return pod === undefined ? [] : outboundFindings(read, pod)
  })
}

/** The sides of every proxy by a pod of it. */
function observedSides(read: Read): readonly (readonly [pod: string, sides: readonly Side[]])[] {
  return [
    ...proxyKeys(read).flatMap((key) => {
      const pod = read(proxyWorkload, key)?.pod
      return pod === undefined ? [] : [[pod, [sideOf(key)]] as const]
    }),
    ...read(sidecarKeys, '').map((key) => [key, ['inbound', 'outbound']] as const),
  ]
}

const sideOf = (proxy: string): Side => (proxy.startsWith('gateway ') ? 'outbound' : 'inbound')

const nameOf = (one: Diagnostic): string => `${formatOrigin(one.origin)} ${one.code} ${one.message}`

const ACTED_ON = [
  INGRESS,
  SERVICE,
  GATEWAY,
  VIRTUAL_SERVICE,
  DESTINATION_RULE,
  PEER_AUTHENTICATION,
  REQUEST_AUTHENTICATION,
  AUTHORIZATION_POLICY,
  TELEMETRY,
]

const unsupportedIn = query<readonly Diagnostic[]>(
  'unsupported',
  (read, key) => {
    const kind = ACTED_ON.find((one) => key.startsWith(`${one.kind} `))
    const resource = kind && readObject(read, kind, key.slice(kind.kind.length + 1))
    return resource === undefined ? [] : unsupported(resource)
  },
  () => [],
)

const foreignIn = query<readonly Diagnostic[]>('foreign', (read, key) => {
  const kind = foreignKinds.find((one) => key.startsWith(`${kindKey(one)} `))
  const resource = kind && readObject(read, kind, key.slice(key.indexOf(' ') + 1))
  return resource === undefined ? [] : unsupported(resource)
})

/** Sorted by object, field and code. */
export const findings = query<readonly Diagnostic[]>('findings', (read) => {
  const all = [
    ...readKeys(read, INGRESS).flatMap((key) => read(ingressFindings, key)),
    ...readKeys(read, GATEWAY).flatMap((key) => read(gatewayFindings, key)),
    ...readKeys(read, VIRTUAL_SERVICE).flatMap((key) => read(virtualServiceFindings, key)),
    ...readKeys(read, PEER_AUTHENTICATION).flatMap((key) => read(peerAuthenticationFindings, key)),
    ...readKeys(read, REQUEST_AUTHENTICATION).flatMap((key) => read(requestAuthenticationFindings, key)),
    ...readKeys(read, AUTHORIZATION_POLICY).flatMap((key) => read(authorizationPolicy, key).diagnostics),
    ...readKeys(read, AUTHORIZATION_POLICY).flatMap((key) => read(authorizerConflicts, key)),
    ...proxyKeys(read).flatMap((key) =>
      read(key.startsWith('gateway ') ? gatewayProxyFindings : albFindings, key),
    ),
    ...read(bindFindings, ''),
    ...meshFindings(read),
    ...readKeys(read, SERVICE).flatMap((key) => read(serviceFaults, key)),
    ...readKeys(read, POD).flatMap((key) => read(podFaults, key)),
    ...readKeys(read, DESTINATION_RULE).flatMap((key) => read(destinationRuleFaults, key)),
    ...readKeys(read, TELEMETRY).flatMap((key) => read(telemetryFaults, key)),
    ...read(meshConfig, '').diagnostics,
    ...observedSides(read).flatMap(([key, sides]) => observationFindings(read, key, sides)),
    ...foreignKinds.flatMap((kind) =>
      readKeys(read, kind).flatMap((key) => read(foreignIn, joinKey(kindKey(kind), key))),
    ),
    ...ACTED_ON.flatMap((kind) =>
      readKeys(read, kind).flatMap((key) => read(unsupportedIn, joinKey(kind.kind, key))),
    ),
  ]
  const unique = new Map(all.map((one) => [nameOf(one), one]))
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
})
