// A trace as JSON can hold it.
import { HeaderLines } from './header-lines.ts'
import type { Trace } from './hop.ts'

/** What came as JSON has objects already. */
const headersOf = <T extends { readonly headers: HeaderLines }>(message: T) => ({
  ...message,
  headers:
    message.headers instanceof HeaderLines ? Object.fromEntries(message.headers.joined()) : message.headers,
})

/** The trace with headers as objects, several lines of one name as one list. */
export function traceJson(trace: Trace): object {
  const { delivered, ...outcome } = trace.outcome
  return {
    ...trace,
    request: headersOf(trace.request),
    outcome: { ...outcome, ...(delivered ? { delivered: headersOf(delivered) } : {}) },
  }
}
