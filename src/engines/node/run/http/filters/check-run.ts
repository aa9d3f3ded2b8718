// A request that waits for somebody else's word: gathers as much of the body as is wanted, then asks.

import { PAYLOAD_TOO_LARGE } from '../local-reply.ts'
import type { Downstream } from '../messages.ts'
import type { FilterOutcome, PendingCheck } from './filter-outcome.ts'

const NOTHING = Buffer.alloc(0)

export class CheckRun {
  private readonly pending: PendingCheck
  private readonly downstream: Downstream
  private readonly done: (outcome: FilterOutcome) => void
  private asked = false
  private over = false
  private giveUp: (() => void) | undefined

  constructor(pending: PendingCheck, downstream: Downstream, done: (outcome: FilterOutcome) => void) {
    this.pending = pending
    this.downstream = downstream
    this.done = done
  }

  /** All of the body so far. */
  received(parts: readonly Buffer[], ended: boolean): void {
    if (this.asked) return
    const { bodyBytes, allowPartial } = this.pending
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    if (bodyBytes > 0 && length <= bodyBytes && !ended) return
    this.asked = true
    if (bodyBytes > 0 && length > bodyBytes && !allowPartial) {
      this.finish({ reply: PAYLOAD_TOO_LARGE })
      return
    }
    if (!ended) this.downstream.pauseRequest()
    const body = bodyBytes === 0 ? NOTHING : Buffer.concat(parts).subarray(0, bodyBytes)
    const giveUp = this.pending.start(body, length > bodyBytes, (outcome) => {
      if (this.over) return
      if (!ended) this.downstream.resumeRequest()
      this.finish(outcome)
    })
    if (!this.over) this.giveUp = giveUp
  }

  cancel(): void {
    this.over = true
    this.giveUp?.()
  }

  private finish(outcome: FilterOutcome): void {
    this.over = true
    this.done(outcome)
  }
}
