// A trace as JSON can hold it.
import type { Trace } from './hop.ts'

/** What came as JSON has objects already. */
const headersOf = <T extends { readonly headers: ReadonlyMap<string, string> }>(message: T) => ({
  ...message,
  headers: message.headers instanceof Map ? Object.fromEntries(message.headers) : message.headers,
})

/** The trace with header maps as objects. */
export function traceJson(trace: Trace): object {
  const { delivered, ...outcome } = trace.outcome
  return {
    ...trace,
    request: headersOf(trace.request),
    outcome: { ...outcome, ...(delivered ? { delivered: headersOf(delivered) } : {}) },
  }
}
