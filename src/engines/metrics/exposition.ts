// The figures of all proxies as a prom-client registry, filled when it is read: nothing of prom-client is on the path of a request.
import { type Metric, type MetricObjectWithValues, type MetricValueWithName, Registry } from 'prom-client'
import type { ConnectionCounts, ProxyCounts, RequestCounts } from './counts.ts'
import { BUCKETS, type Histogram } from './histogram.ts'
import type { Labels } from './labels.ts'

/** A metric that is computed when it is asked for. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: () => Iterable<Sample>
}
export interface Sample {
  readonly labels: Labels
  readonly value: number | Histogram
}

/** Values of families, as prom-client takes and gives them. */
export type Values = readonly Omit<MetricObjectWithValues<MetricValueWithName<string>>, 'collect'>[]

/** The values of families now. */
export const measure = (families: readonly Family[]): Values => families.map(object)

/** Renders families as Prometheus text. */
export async function exposition(families: readonly Family[]): Promise<string> {
  const registry = new Registry()
  for (const family of families) {
    // prom-client asks a metric for its name and its values, nothing else.
    const metric = { name: family.name, get: async () => object(family) }
    registry.registerMetric(metric as unknown as Metric)
  }
  return registry.metrics()
}

function object(family: Family): Values[number] {
  const values: MetricValueWithName<string>[] = []
  for (const { labels, value } of family.samples()) {
    if (typeof value === 'number') values.push({ labels, value, metricName: family.name })
    else values.push(...histogramValues(family.name, labels, value))
  }
  const { name, help, type } = family
  return { name, help, type: type as never, aggregator: 'sum', values }
}

function histogramValues(name: string, labels: Labels, histogram: Histogram): MetricValueWithName<string>[] {
  let below = 0
  const buckets = BUCKETS.map((bound, index) => {
    below += histogram.counts[index] as number
    return { labels: { ...labels, le: String(bound) }, value: below, metricName: `${name}_bucket` }
  })
  return [
    ...buckets,
    { labels: { ...labels, le: '+Inf' }, value: histogram.count, metricName: `${name}_bucket` },
    { labels, value: histogram.sum, metricName: `${name}_sum` },
    { labels, value: histogram.count, metricName: `${name}_count` },
  ]
}

/** Istio's families over the requests of proxies. */
export function istioFamilies(all: () => Iterable<ProxyCounts>): Family[] {
  const requests = function* (pick: (child: RequestCounts) => number | Histogram): Iterable<Sample> {
    for (const metrics of all()) {
      for (const child of metrics.requests.values()) yield { labels: child.labels, value: pick(child) }
    }
  }
  const grpc = function* (pick: (child: RequestCounts) => number): Iterable<Sample> {
    for (const metrics of all()) {
      for (const child of metrics.requests.values()) {
        if (child.labels['request_protocol'] === 'grpc') yield { labels: child.labels, value: pick(child) }
      }
    }
  }
  const tcp = function* (pick: (child: ConnectionCounts) => number): Iterable<Sample> {
    for (const metrics of all()) {
      for (const child of metrics.connections.values()) yield { labels: child.labels, value: pick(child) }
    }
  }
  return [
    {
      name: 'istio_requests_total',
      help: 'Requests that are over.',
      type: 'counter',
      samples: () => requests(({ duration }) => duration.count),
    },
    {
      name: 'istio_request_duration_milliseconds',
      help: 'From the first byte of a request to the last of its response.',
      type: 'histogram',
      samples: () => requests(({ duration }) => duration),
    },
    {
      name: 'istio_request_bytes',
      help: 'Bytes of request bodies.',
      type: 'histogram',
      samples: () => requests(({ requestBytes }) => requestBytes),
    },
    {
      name: 'istio_response_bytes',
      help: 'Bytes of response bodies.',
      type: 'histogram',
      samples: () => requests(({ responseBytes }) => responseBytes),
    },
    {
      name: 'istio_request_messages_total',
      help: 'gRPC messages from clients.',
      type: 'counter',
      samples: () => grpc(({ requestMessages }) => requestMessages),
    },
    {
      name: 'istio_response_messages_total',
      help: 'gRPC messages to clients.',
      type: 'counter',
      samples: () => grpc(({ responseMessages }) => responseMessages),
    },
    {
      name: 'istio_tcp_connections_opened_total',
      help: 'TCP connections that were opened.',
      type: 'counter',
      samples: () => tcp(({ opened }) => opened),
    },
    {
      name: 'istio_tcp_connections_closed_total',
      help: 'TCP connections that are over.',
      type: 'counter',
      samples: () => tcp(({ closed }) => closed),
    },
    {
      name: 'istio_tcp_received_bytes_total',
      help: 'Bytes from clients over TCP.',
      type: 'counter',
      samples: () => tcp(({ received }) => received),
    },
    {
      name: 'istio_tcp_sent_bytes_total',
      help: 'Bytes to clients over TCP.',
      type: 'counter',
      samples: () => tcp(({ sent }) => sent),
    },
  ]
}
