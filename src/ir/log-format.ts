// Which access log a chain, and a connection that no chain took, is written to.
import type { AccessLogFormat, FilterChain, Listener } from './listener.ts'

/** The format of what a handler serves. */
export function logFormat(handler: FilterChain['handler']): AccessLogFormat {
  return handler.kind === 'http' ? handler.accessLog : (handler.connectionLog ?? 'istio-text')
}

/** The format of lines about connections that came to no chain: that of the first chain that logs. */
export function listenerLogFormat({ filterChains }: Listener): AccessLogFormat {
  if (filterChains.length === 0) return 'istio-text'
  return filterChains.map(({ handler }) => logFormat(handler)).find((format) => format !== 'off') ?? 'off'
}
