// What was found wrong with one Ingress while it was read: diagnostics for everybody, events as the classic ALB sent them.
import type { Code } from '../../diagnostics/catalogue.ts'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Ingress } from '../../resources/ingress.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { Problem } from '../tls/credential.ts'
import type { AlbEvent } from './events.ts'

export interface Report {
  /** `field` is the path in the Ingress. */
  add(
    code: Code,
    field: string,
    message: string,
    extra?: Parameters<typeof diagnostic>[3],
    event?: AlbEvent,
  ): void
  problem(problem: Problem, field: string, event?: AlbEvent): void
  readonly diagnostics: Diagnostic[]
  readonly events: AlbEvent[]
}

/** An empty report on an Ingress; one finding is noted once. */
export function createReport(ingress: Resource<Ingress>): Report {
  const diagnostics: Diagnostic[] = []
  const events: AlbEvent[] = []
  const report: Report = {
    diagnostics,
    events,
    add(code, field, message, extra = {}, event) {
      const seen = diagnostics.some((one) => one.code === code && one.message === message)
      if (!seen) diagnostics.push(diagnostic(code, ingress.origin(field), message, extra))
      if (event !== undefined && !events.some((one) => one.message === event.message)) events.push(event)
    },
    problem: (problem, field, event) => report.add(problem.code, field, problem.message, {}, event),
  }
  return report
}
