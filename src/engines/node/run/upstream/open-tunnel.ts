// CONNECT: a raw connection to an endpoint instead of a request (forward proxy only).
import type { ClusterState, PoolUse } from './cluster-state.ts'
import { dial } from './dial.ts'
import type { PoolWaiter } from './endpoint-pool.ts'
import type { EndpointState } from './endpoint-state.ts'
import { TunnelConnection } from './tunnel-connection.ts'

/** Dials for the waiter; undefined: the cluster may open no more connections. The function that comes back gives up. */
export function openTunnel(
  cluster: ClusterState,
  endpoint: EndpointState,
  use: PoolUse,
  waiter: PoolWaiter,
): (() => void) | undefined {
  if (!cluster.open()) return undefined
  const tls = cluster.tlsFor(endpoint)
  const request = cluster.dialRequest(endpoint, tls, use.host)
  // Bytes of any kind travel: towards a sidecar that is said by Istio's ALPN for TCP.
  const alpn = tls?.settings.alpn.includes('istio') === true ? { alpn: ['istio'] } : {}
  const cancel = dial(
    { ...request, ...alpn, source: use.client },
    {
      connected: (socket) => {
        socket.once('close', () => cluster.closed())
        waiter.connected(new TunnelConnection(socket))
      },
      dialFailed: ({ reason, transport }) => {
        cluster.closed()
        waiter.connectFailed({ flag: 'UF', reason, transport, beforeRequest: true })
      },
    },
  )
  return () => {
    cancel()
    cluster.closed()
  }
}
