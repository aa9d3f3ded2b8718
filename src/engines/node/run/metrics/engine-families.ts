// Gauges and counters of connections, pools and handshakes.

import type { Family, Sample } from '../../../metrics/exposition.ts'
import type { ChainState } from '../chain-state.ts'
import type { ListenerState } from '../listener-state.ts'
import type { SpanCounts } from '../tracing/span-exporter.ts'
import type { ClusterState } from '../upstream/cluster-state.ts'

/** What the families read of a proxy. */
export interface MeasuredProxy {
  readonly proxyId: string
  readonly counters: { readonly active: number }
  readonly listeners: ReadonlyMap<string, ListenerState>
  readonly clusterStates: Iterable<ClusterState>
  readonly spans: { readonly counts: SpanCounts }
}

/** Families over the proxies of an engine. */
export function engineFamilies(proxies: () => Iterable<MeasuredProxy>): Family[] {
  const each = function* (samples: (proxy: MeasuredProxy) => Iterable<Sample>): Iterable<Sample> {
    for (const proxy of proxies()) yield* samples(proxy)
  }
  const chains = function* (): Iterable<{ readonly place: Sample['labels']; readonly chain: ChainState }> {
    for (const { proxyId, listeners } of proxies()) {
      for (const [listener, { chains: all }] of listeners) {
        for (const [name, chain] of all) yield { place: { proxy: proxyId, listener, chain: name }, chain }
      }
    }
  }
  const perHandshake = function* (): Iterable<Sample> {
    for (const { place, chain } of chains()) {
      for (const { version, cipher, resumed, count } of chain.handshakes.done.values()) {
        yield { labels: { ...place, version, cipher, resumed: String(resumed) }, value: count }
      }
    }
  }
  const perFailure = function* (): Iterable<Sample> {
    for (const { place, chain } of chains()) {
      for (const [reason, value] of chain.handshakes.failed) yield { labels: { ...place, reason }, value }
    }
  }
  const perCluster = (value: (cluster: ClusterState) => number) => () =>
    each(function* ({ proxyId, clusterStates }) {
      for (const cluster of clusterStates) {
        yield { labels: { proxy: proxyId, cluster: cluster.source.name }, value: value(cluster) }
      }
    })
  return [
    {
      name: 'sallyport_requests_active',
      help: 'Requests in flight.',
      type: 'gauge',
      samples: () =>
        each(({ proxyId, counters }) => [{ labels: { proxy: proxyId }, value: counters.active }]),
    },
    {
      name: 'sallyport_downstream_connections',
      help: 'Open connections of clients.',
      type: 'gauge',
      samples: () => [...chains()].map(({ place, chain }) => ({ labels: place, value: chain.connections })),
    },
    {
      name: 'sallyport_tls_handshakes_total',
      help: 'TLS handshakes with clients that succeeded.',
      type: 'counter',
      samples: perHandshake,
    },
    {
      name: 'sallyport_tls_handshake_failures_total',
      help: 'TLS handshakes with clients that were refused or failed.',
      type: 'counter',
      samples: perFailure,
    },
    {
      name: 'sallyport_upstream_connections',
      help: 'Open connections to upstreams, idle ones included.',
      type: 'gauge',
      samples: perCluster((cluster) => cluster.connections),
    },
    {
      name: 'sallyport_upstream_connections_idle',
      help: 'Open connections to upstreams that carry nothing.',
      type: 'gauge',
      samples: perCluster((cluster) => cluster.pooled.idle),
    },
    {
      name: 'sallyport_upstream_requests_pending',
      help: 'Requests that wait for a connection to an upstream.',
      type: 'gauge',
      samples: perCluster((cluster) => cluster.pooled.pending),
    },
    {
      name: 'sallyport_upstream_requests_active',
      help: 'Requests in flight to a cluster.',
      type: 'gauge',
      samples: perCluster((cluster) => cluster.requests),
    },
    {
      name: 'sallyport_spans_total',
      help: 'Spans for collectors: sent, failed (the collector did not take them), dropped (the queue was full).',
      type: 'counter',
      samples: () =>
        each(({ proxyId, spans }) =>
          Object.entries(spans.counts)
            .filter(([, value]) => value > 0)
            .map(([outcome, value]) => ({ labels: { proxy: proxyId, outcome }, value })),
        ),
    },
  ]
}
