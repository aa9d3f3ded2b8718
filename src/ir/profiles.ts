// The two ways in which HTTP is handled: as the IKS ALB (nginx) does it, and as Envoy does in Istio. A manager names its profile and differs from it only where it says so.
import type { HttpManager } from './listener.ts'
import type { RetryPolicy } from './route.ts'

export type Profile = Pick<
  HttpManager,
  'kind' | 'profile' | 'path' | 'upgrades' | 'limits' | 'accessLog' | 'reasonHeader'
> & { readonly http2?: boolean }

/** nginx with the ALB's settings (iks.md 1.6, 2.1): HTTP/1.1 only, 4 x 8k of headers, 8 s keep-alive, 4096 requests per connection. */
export const albProfile: Profile = {
  kind: 'http',
  profile: 'alb',
  path: 'merge-slashes',
  upgrades: ['*'],
  limits: {
    maxHeaderBytes: 32_768,
    maxHeaders: 0,
    requestHeadersTimeoutMs: 60_000,
    idleTimeoutMs: 8_000,
    streamIdleTimeoutMs: 0,
    maxRequestsPerConnection: 4096,
    maxConcurrentStreams: 0,
  },
  accessLog: 'iks-json',
  reasonHeader: true,
}

/** Envoy's defaults with Istio's changes: no stream idle timeout, headers up to 60 KiB, an hour of keep-alive. */
export const istioProfile: Profile = {
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

/** What Istio retries unless a route says otherwise: failures before the request was handled, on another endpoint where there is one. */
export const istioRetry: RetryPolicy = {
  attempts: 2,
  on: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'],
  hostReselect: 5,
}

/** What the ALB tries again on another endpoint: failures before the request was handled (nginx proxy_next_upstream, default). */
export const albRetry: RetryPolicy = {
  attempts: 2,
  on: ['connect-failure', 'reset-before-request'],
  hostReselect: 3,
}
