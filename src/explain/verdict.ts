// What one filter makes of a request.
import type { Claims } from '../ir/jwt.ts'
import type { Flight, Outcome } from './hop.ts'
import type { PolicyDecision } from './policy.ts'

/** An answer at the hop that made it. */
export type Answered = Omit<Outcome, 'hop'>

export interface Verdict {
  readonly decision?: PolicyDecision
  readonly outcome?: Answered
  /** The request as it goes on, when that is another: its route is looked for again. */
  readonly flight?: Flight
  /** Of its token. */
  readonly claims?: Claims
}
