// The headers that proxies themselves read or write. As in Envoy, several lines of one of these are one list from the start; of any other header each line is a value.

/** Every name but those that begin with `x-envoy-`. */
export const PROXY_HEADERS = [
  ...(['host', 'connection', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade'] as const),
  ...(['keep-alive', 'proxy-connection', 'proxy-authorization', 'expect', 'http2-settings'] as const),
  ...(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port'] as const),
  ...(['x-forwarded-client-cert', 'x-real-ip', 'x-request-id', 'server', 'date', 'grpc-status'] as const),
  ...(['x-sallyport-reason', 'x-global-k8fdic-transaction-id'] as const),
]

export type ProxyHeader = (typeof PROXY_HEADERS)[number]

/** Whether proxies read the header themselves. */
export const isProxyHeader = (name: string): boolean =>
  (PROXY_HEADERS as readonly string[]).includes(name) || name.startsWith('x-envoy-')
