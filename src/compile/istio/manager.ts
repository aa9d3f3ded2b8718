// The HTTP connection manager as Istio configures Envoy: what gateways and sidecars share.
import type { HttpManager } from '../../ir/listener.ts'

/** Limits are Envoy's defaults with Istio's changes: no stream idle timeout, headers up to 60 KiB. */
export const istioManager: Pick<
  HttpManager,
  'kind' | 'profile' | 'path' | 'upgrades' | 'http2' | 'limits' | 'accessLog' | 'reasonHeader'
> = {
  kind: 'http',
  profile: 'istio',
  path: 'base',
  upgrades: ['websocket'],
  http2: true,
  limits: {
    maxHeaderBytes: 61_440,
    maxHeaders: 100,
    requestHeadersTimeoutMs: 0,
    idleTimeoutMs: 3_600_000,
    streamIdleTimeoutMs: 0,
    maxRequestsPerConnection: 0,
    maxConcurrentStreams: 0,
  },
  accessLog: 'istio-text',
  reasonHeader: true,
}
