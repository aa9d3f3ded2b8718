// The general way through a head: a state machine that may be left and entered again at any byte, and that alone says what is wrong.
import { hashStep, knownIdOfBytes } from '../http/headers/known-headers.ts'
import { COLON, CR, FIELD_VALUE, HTAB, LF, MAX_METHOD, SP, TARGET, TOKEN_LOWER } from './chars.ts'
import { type FaultName, fault } from './fault.ts'
import { tooManyBytes, tooManyHeaders } from './head-limits.ts'
import { latin1 } from './latin1.ts'
import type { HeadKind, MessageHead } from './message-head.ts'
import { FAILED, NEED_MORE } from './parse-result.ts'

const START = 0
const START_LF = 1
const METHOD = 2
const REQUEST_TARGET = 3
const VERSION = 4
const STATUS = 5
const REASON = 6
const LINE_LF = 7
const FIELD = 8
const NAME = 9
const VALUE_OWS = 10
const VALUE = 11
const VALUE_LF = 12
const END_LF = 13

/** Empty lines a client may send before a request line (RFC 9112 section 2.2 asks for one). */
const MAX_EMPTY_LINES = 2
const HTTP_SLASH_1_DOT = [72, 84, 84, 80, 47, 49, 46]

/** Reads heads one after another; nothing guessed: what RFC 9112 leaves to leniency is refused. */
export class HeadStateMachine {
  private readonly head: MessageHead
  private phase: number
  /** Where to go on, counted from the start of the head as all offsets here. */
  private at = 0
  private emptyLines = 0
  private methodStart = 0
  private methodEnd = 0
  private matched = 0
  private nameStart = 0
  private nameEnd = 0
  private hash = 0
  private valueStart = 0
  private id = 0
  private regular = true

  /** `head` is what it writes into. */
  constructor(head: MessageHead) {
    this.head = head
    this.phase = firstPhase(head.kind)
  }

  /** Gets ready for the next head. */
  reset(): void {
    this.phase = firstPhase(this.head.kind)
    this.at = 0
    this.emptyLines = 0
    this.matched = 0
    this.regular = true
  }

  /**
   * Reads b[base, end), where the head begins at b[base] whenever it is called. Returns the index of the first byte after the head,
   * NEED_MORE when the bytes are used up, or FAILED. Names are put into lower case in place.
   */
  scan(b: Buffer, base: number, end: number): number {
    const { head } = this
    const { headers, limits } = head
    let p = base + this.at
    let phase = this.phase
    const tokens = TOKEN_LOWER
    const values = FIELD_VALUE
    loop: while (p < end) {
      switch (phase) {
        case START: {
          if (b[p] === CR) {
            if (++this.emptyLines > MAX_EMPTY_LINES) return this.fail('bad_method')
            phase = START_LF
            p++
          } else {
            this.methodStart = p - base
            phase = METHOD
          }
          break
        }
        case START_LF: {
          if (b[p] !== LF) return this.fail('bad_line_ending')
          p++
          phase = START
          break
        }
        case METHOD: {
          while (p < end && tokens[b[p] as number] !== 0) p++
          if (p - base - this.methodStart > MAX_METHOD) return this.fail('bad_method')
          if (p === end) break loop
          if (b[p] !== SP || p - base === this.methodStart) return this.fail('bad_method')
          this.methodEnd = p - base
          p++
          phase = REQUEST_TARGET
          break
        }
        case REQUEST_TARGET: {
          while (p < end && TARGET[b[p] as number] !== 0) p++
          if (p === end) break loop
          if (b[p] !== SP || p - base === this.methodEnd + 1) return this.fail('bad_target')
          head.markRequestLine(this.methodStart, this.methodEnd, p - base)
          p++
          phase = VERSION
          break
        }
        case VERSION: {
          const c = b[p] as number
          if (this.matched < HTTP_SLASH_1_DOT.length) {
            if (c !== HTTP_SLASH_1_DOT[this.matched]) {
              // A major version other than 1 is a version not spoken here; anything else is not HTTP.
              const digit = c >= 48 && c <= 57 && this.matched === 5
              return this.fail(
                head.kind === 'response' ? 'bad_status_line' : digit ? 'unknown_version' : 'bad_version',
              )
            }
            this.matched++
            p++
          } else if (this.matched === HTTP_SLASH_1_DOT.length) {
            if (c !== 48 && c !== 49) {
              return this.fail(
                c >= 50 && c <= 57 && head.kind === 'request' ? 'unknown_version' : 'bad_version',
              )
            }
            head.version = c - 38
            this.matched++
            p++
          } else if (head.kind === 'request') {
            if (c !== CR) return this.fail(c === LF ? 'bad_line_ending' : 'bad_version')
            p++
            phase = LINE_LF
          } else {
            if (c !== SP) return this.fail('bad_status_line')
            p++
            this.matched = 0
            head.status = 0
            phase = STATUS
          }
          break
        }
        case STATUS: {
          const c = b[p] as number
          if (this.matched < 3) {
            if (c < 48 || c > 57) return this.fail('bad_status_line')
            head.status = head.status * 10 + c - 48
            this.matched++
            p++
          } else {
            if ((c !== SP && c !== CR) || head.status < 100 || head.status > 599) {
              return this.fail('bad_status_line')
            }
            phase = REASON
          }
          break
        }
        case REASON: {
          while (p < end && values[b[p] as number] !== 0) p++
          if (p === end) break loop
          if (b[p] !== CR) return this.fail(b[p] === LF ? 'bad_line_ending' : 'bad_status_line')
          p++
          phase = LINE_LF
          break
        }
        case LINE_LF: {
          if (b[p] !== LF) return this.fail('bad_line_ending')
          p++
          phase = FIELD
          break
        }
        case FIELD: {
          const c = b[p] as number
          if (c === CR) {
            p++
            phase = END_LF
          } else if (c === SP || c === HTAB) {
            return this.fail('folded_header')
          } else {
            this.nameStart = p - base
            this.hash = 0
            phase = NAME
          }
          break
        }
        case NAME: {
          let hash = this.hash
          let lower = 0
          while (p < end) {
            lower = tokens[b[p] as number] as number
            if (lower === 0) break
            b[p] = lower
            hash = hashStep(hash, lower)
            p++
          }
          this.hash = hash
          if (p === end) break loop
          this.nameEnd = p - base
          if (b[p] !== COLON || this.nameEnd === this.nameStart) {
            return this.fail(b[p] === LF ? 'bad_line_ending' : 'bad_header_name')
          }
          this.id = knownIdOfBytes(hash, b, base + this.nameStart, p)
          p++
          phase = VALUE_OWS
          break
        }
        case VALUE_OWS: {
          while (p < end && (b[p] === SP || b[p] === HTAB)) p++
          if (p === end) break loop
          this.valueStart = p - base
          phase = VALUE
          break
        }
        case VALUE: {
          while (p < end && values[b[p] as number] !== 0) p++
          if (p === end) break loop
          if (b[p] !== CR) return this.fail(b[p] === LF ? 'bad_line_ending' : 'bad_header_value')
          let valueEnd = p - base
          while (
            valueEnd > this.valueStart &&
            (b[base + valueEnd - 1] === SP || b[base + valueEnd - 1] === HTAB)
          ) {
            valueEnd--
          }
          if (
            valueEnd !== p - base ||
            this.valueStart !== this.nameEnd + 2 ||
            b[base + this.nameEnd + 1] !== SP
          ) {
            this.regular = false
          }
          headers.mark(this.id, this.nameStart, this.valueStart, valueEnd)
          if (tooManyHeaders(limits, headers.lineCount)) {
            return this.fail('too_many_headers')
          }
          p++
          phase = VALUE_LF
          break
        }
        case VALUE_LF: {
          if (b[p] !== LF) return this.fail('bad_line_ending')
          p++
          phase = FIELD
          break
        }
        default: {
          if (b[p] !== LF) return this.fail('bad_line_ending')
          p++
          if (tooManyBytes(limits, p - base)) return this.fail('head_too_large')
          head.seal(latin1(b, base, p), this.regular)
          return p
        }
      }
    }
    if (tooManyBytes(limits, p - base)) {
      return this.fail(phase <= REQUEST_TARGET ? 'target_too_long' : 'head_too_large')
    }
    this.phase = phase
    this.at = p - base
    return NEED_MORE
  }

  private fail(name: FaultName): number {
    this.head.fault = fault(name)
    return FAILED
  }
}

function firstPhase(kind: HeadKind): number {
  if (kind === 'request') return START
  return kind === 'response' ? VERSION : FIELD
}
