// All proxies of a snapshot, each address with one of them.
import { type Settled, settleBinds } from './binds.ts'
import { query } from './graph/query.ts'
import { albProxy } from './ingress/alb.ts'
import { gatewayProxy } from './istio/gateway.ts'
import { sidecarKeys, sidecarProxy } from './mesh/sidecar.ts'
import { proxyKeys } from './workload/proxies.ts'

/** Sorted by id. */
export const allProxies = query<Settled>('proxies', (read) => {
  const own = proxyKeys(read).flatMap((key) =>
    key.startsWith('alb ') ? (read(albProxy, key) ?? []) : (read(gatewayProxy, key).proxy ?? []),
  )
  const sidecars = read(sidecarKeys, '').flatMap((key) => read(sidecarProxy, key) ?? [])
  return settleBinds([...own, ...sidecars].sort((a, b) => (a.id < b.id ? -1 : 1)))
})

/** What is wrong with their addresses: changes less often than they do. */
export const bindFindings = query<Settled['diagnostics']>(
  'bind-findings',
  (read) => read(allProxies, '').diagnostics,
)
