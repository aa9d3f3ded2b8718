// Counts the requests and connections of one Envoy from what it says of them, with the labels of the Node engine.
import type { Cluster } from '../../../ir/cluster.ts'
import type { Proxy } from '../../../ir/proxy.ts'
import type { Locate } from '../../engine.ts'
import { Children, ConnectionCounts, type ProxyCounts, RequestCounts } from '../../metrics/counts.ts'
import { connectionLabels, type Ends, requestLabels } from '../../metrics/labels.ts'
import {
  type ConnectionEntry,
  clientUri,
  flagsOf,
  type LogCommon,
  type LogMessage,
  milliseconds,
  type RequestEntry,
  upstreamOf,
} from './log-entries.ts'

const SPIFFE = 'spiffe://'

export class EnvoyCounts implements ProxyCounts {
  readonly #requests = new Children<RequestCounts>()
  readonly #connections = new Children<ConnectionCounts>()
  readonly requests: ReadonlyMap<string, RequestCounts> = this.#requests.byLabels
  readonly connections: ReadonlyMap<string, ConnectionCounts> = this.#connections.byLabels
  readonly #locate: Locate

  constructor(locate: Locate) {
    this.#locate = locate
  }

  /** `proxy`: as it is now. */
  take(proxy: Proxy, { http_logs, tcp_logs }: LogMessage): void {
    for (const entry of http_logs?.log_entry ?? []) this.#request(proxy, entry)
    for (const entry of tcp_logs?.log_entry ?? []) this.#connection(proxy, entry)
  }

  #request(
    proxy: Proxy,
    { common_properties: common = {}, request = {}, response = {} }: RequestEntry,
  ): void {
    const status = response.response_code?.value ?? 0
    const grpc = request.request_headers?.['content-type']?.startsWith('application/grpc') ?? false
    const grpcStatus =
      response.response_trailers?.['grpc-status'] ?? response.response_headers?.['grpc-status']
    const key = `${keyOf(common)}|${status}|${grpc}|${grpcStatus ?? ''}`
    const child =
      this.#requests.known(key) ?? this.#newRequests(key, proxy, common, { status, grpc, grpcStatus })
    child.duration.observe(milliseconds(common.duration))
    child.requestBytes.observe(request.request_body_bytes ?? 0)
    child.responseBytes.observe(response.response_body_bytes ?? 0)
  }

  #newRequests(
    key: string,
    proxy: Proxy,
    common: LogCommon,
    outcome: Parameters<typeof requestLabels>[2],
  ): RequestCounts {
    const labels = requestLabels(proxy, this.#ends(proxy, common), outcome)
    return this.#requests.add(key, labels, () => new RequestCounts(labels))
  }

  #connection(
    proxy: Proxy,
    { common_properties: common = {}, connection_properties: bytes = {} }: ConnectionEntry,
  ): void {
    const key = keyOf(common)
    const child = this.#connections.known(key) ?? this.#newConnections(key, proxy, common)
    // They are told of when they are over.
    child.opened++
    child.closed++
    child.received += bytes.received_bytes ?? 0
    child.sent += bytes.sent_bytes ?? 0
  }

  #newConnections(key: string, proxy: Proxy, common: LogCommon): ConnectionCounts {
    const labels = connectionLabels(proxy, this.#ends(proxy, common))
    return this.#connections.add(key, labels, () => new ConnectionCounts(labels))
  }

  #ends({ clusters }: Proxy, common: LogCommon): Ends {
    const uri = clientUri(common)
    const upstream = upstreamOf(common)
    const clusterName = common.upstream_cluster || undefined
    const cluster: Cluster | undefined = clusters.find(({ name }) => name === clusterName)
    return {
      principal: uri?.startsWith(SPIFFE) ? uri.slice(SPIFFE.length) : '',
      verified: uri !== undefined,
      clusterName,
      cluster,
      reached: ({ address, port }) => {
        const { host, port: real } = this.#locate(address, port)
        return `${host}:${real}` === upstream
      },
      flags: flagsOf(common),
    }
  }
}

const keyOf = (common: LogCommon): string =>
  `${common.upstream_cluster ?? ''}|${upstreamOf(common)}|${flagsOf(common)}|${clientUri(common) ?? ''}`
