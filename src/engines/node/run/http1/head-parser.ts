// Bytes of a connection to message heads: on the fast path where the head is whole and plain, else through the state machine.
import { parseWholeHead } from './head-fast-path.ts'
import type { HeadLimits } from './head-limits.ts'
import { HeadStateMachine } from './head-state-machine.ts'
import { type HeadKind, MessageHead } from './message-head.ts'
import { NEED_MORE } from './parse-result.ts'

/** Parses heads of one connection, one after another: it is the head that it read last, which holds until the next `next()`. */
export class HeadParser extends MessageHead {
  /** True from the first byte of a head to its end. */
  started = false

  private readonly machine: HeadStateMachine
  /** What came of a head in earlier chunks. */
  private held: Buffer | undefined
  private heldLength = 0

  constructor(kind: HeadKind, limits: HeadLimits) {
    super(kind, limits)
    this.machine = new HeadStateMachine(this)
  }

  /** Gets ready for the next head on the same connection. */
  next(): void {
    this.headers.reset()
    this.method = ''
    this.target = ''
    this.machine.reset()
    this.held = undefined
    this.heldLength = 0
    this.started = false
  }

  /**
   * Takes chunk[from, end). Returns the index in `chunk` of the first byte after the head, NEED_MORE when the chunk is used up, or
   * FAILED. Names are put into lower case in place, in the chunk.
   */
  parse(chunk: Buffer, from: number): number {
    if (from < chunk.length) this.started = true
    const before = this.heldLength
    if (before === 0) {
      const whole = parseWholeHead(this, chunk, from)
      if (whole !== NEED_MORE) return whole
      const end = this.machine.scan(chunk, from, chunk.length)
      if (end === NEED_MORE) this.hold(chunk, from)
      return end
    }
    this.hold(chunk, from)
    const end = this.machine.scan(this.held as Buffer, 0, this.heldLength)
    return end < 0 ? end : end - before + from
  }

  /** Keeps what came of an unfinished head; the space doubles, so that drip-fed bytes cost linear time. */
  private hold(chunk: Buffer, from: number): void {
    const length = this.heldLength + chunk.length - from
    let held = this.held
    if (held === undefined || held.length < length) {
      held = Buffer.allocUnsafe(Math.max(512, length * 2))
      if (this.held !== undefined) this.held.copy(held, 0, 0, this.heldLength)
      this.held = held
    }
    chunk.copy(held, this.heldLength, from)
    this.heldLength = length
  }
}
