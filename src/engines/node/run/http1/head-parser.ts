// Bytes of a connection to a message head. One pass, any chunk boundary, nothing guessed: what RFC 9112 leaves to leniency is refused.
import { HeaderBlock } from '../http/header-block.ts'
import { hashStep, knownIdOfBytes } from '../http/known-headers.ts'
import { COLON, CR, FIELD_VALUE, HTAB, LF, SP, TARGET, TOKEN_LOWER } from './chars.ts'
import { type Fault, type FaultName, fault } from './fault.ts'
import { latin1 } from './latin1.ts'

/** Bytes of a whole head and number of header lines; 0 means no limit. */
export interface HeadLimits {
  maxBytes: number
  maxHeaders: number
}

export const NEED_MORE = -1
export const FAILED = -2

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

const MAX_METHOD = 32
/** Empty lines a client may send before a request line (RFC 9112 section 2.2 asks for one). */
const MAX_EMPTY_LINES = 2
const HTTP_SLASH_1_DOT = [72, 84, 84, 80, 47, 49, 46]

/** Parses heads of one connection, one after another; `headers` and the fields below hold until the next `next()`. */
export class HeadParser {
  readonly headers = new HeaderBlock()
  method = ''
  target = ''
  /** 10 or 11. */
  version = 11
  status = 0
  /** Set once `parse` returned FAILED. */
  fault: Fault | undefined
  /** True from the first byte of a head to its end. */
  started = false

  private readonly kind: 'request' | 'response' | 'trailers'
  private readonly limits: HeadLimits
  private phase: number
  private at = 0
  private held: Buffer | undefined
  private heldLength = 0
  private emptyLines = 0
  private methodEnd = 0
  private targetEnd = 0
  private lineStart = 0
  private matched = 0
  private nameStart = 0
  private nameEnd = 0
  private hash = 0
  private valueStart = 0
  private id = 0
  private regular = true

  constructor(kind: 'request' | 'response' | 'trailers', limits: HeadLimits) {
    this.kind = kind
    this.limits = limits
    this.phase = this.firstPhase()
  }

  /** Gets ready for the next head on the same connection. */
  next(): void {
    this.headers.reset()
    this.phase = this.firstPhase()
    this.at = 0
    this.held = undefined
    this.heldLength = 0
    this.emptyLines = 0
    this.matched = 0
    this.regular = true
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
      if (this.at === 0) {
        const end = this.scanWhole(chunk, from)
        if (end !== NEED_MORE) return end
      }
      const end = this.scan(chunk, from, chunk.length)
      if (end === NEED_MORE) this.hold(chunk, from)
      return end
    }
    this.hold(chunk, from)
    const end = this.scan(this.held as Buffer, 0, this.heldLength)
    return end < 0 ? end : end - before + from
  }

  private firstPhase(): number {
    if (this.kind === 'request') return START
    return this.kind === 'response' ? VERSION : FIELD
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

  private fail(name: FaultName): number {
    this.fault = fault(name)
    return FAILED
  }

  /**
   * A head that is all here and spelled as almost every client does: one walk without state. NEED_MORE for any other, which `scan` then
   * reads from its start; only that one gives verdicts.
   */
  private scanWhole(b: Buffer, base: number): number {
    const end = b.length
    const tokens = TOKEN_LOWER
    const values = FIELD_VALUE
    const { headers } = this
    let p = base
    if (this.kind === 'request') {
      while (p < end && tokens[b[p] as number] !== 0) p++
      const methodEnd = p - base
      if (p >= end || b[p] !== SP || methodEnd === 0 || methodEnd > MAX_METHOD) return NEED_MORE
      p++
      while (p < end && TARGET[b[p] as number] !== 0) p++
      const targetEnd = p - base
      if (p + 11 > end || b[p] !== SP || targetEnd === methodEnd + 1 || !isHttp11(b, p + 1)) return NEED_MORE
      if (b[p + 9] !== CR || b[p + 10] !== LF) return NEED_MORE
      this.lineStart = 0
      this.methodEnd = methodEnd
      this.targetEnd = targetEnd
      this.version = 11
      p += 11
    } else if (this.kind === 'response') {
      if (p + 15 > end || !isHttp11(b, p) || b[p + 8] !== SP || b[p + 12] !== SP) return NEED_MORE
      const status =
        ((b[p + 9] as number) - 48) * 100 + ((b[p + 10] as number) - 48) * 10 + (b[p + 11] as number) - 48
      if (!isDigit(b[p + 9]) || !isDigit(b[p + 10]) || !isDigit(b[p + 11]) || status < 100 || status > 599)
        return NEED_MORE
      p += 13
      while (p < end && values[b[p] as number] !== 0) p++
      if (p + 1 >= end || b[p] !== CR || b[p + 1] !== LF) return NEED_MORE
      this.version = 11
      this.status = status
      p += 2
    }
    let lines = 0
    for (;;) {
      if (p + 1 >= end) return this.again()
      if (b[p] === CR) {
        if (b[p + 1] !== LF) return this.again()
        p += 2
        break
      }
      const nameStart = p
      let hash = 0
      let lower = 0
      while (p < end) {
        const c = b[p] as number
        lower = tokens[c] as number
        if (lower === 0) break
        if (lower !== c) b[p] = lower
        hash = hashStep(hash, lower)
        p++
      }
      if (p + 2 >= end || p === nameStart || b[p] !== COLON || b[p + 1] !== SP) return this.again()
      const nameEnd = p
      const valueStart = p + 2
      p = valueStart
      // Most of a head is values: four bytes at a time.
      while (p + 3 < end && (value(b, p) & value(b, p + 1) & value(b, p + 2) & value(b, p + 3)) !== 0) p += 4
      while (p < end && values[b[p] as number] !== 0) p++
      if (p + 1 >= end || p === valueStart || b[p] !== CR || b[p + 1] !== LF) return this.again()
      if ((b[valueStart] as number) <= SP || (b[p - 1] as number) <= SP) return this.again()
      const id = knownIdOfBytes(hash, b, nameStart, nameEnd)
      headers.mark(id, nameStart - base, valueStart - base, p - base)
      lines++
      p += 2
    }
    if (this.tooLarge(p - base) || (this.limits.maxHeaders > 0 && lines > this.limits.maxHeaders))
      return this.again()
    this.finish(latin1(b, base, p))
    return p
  }

  /** Not for the quick walk after all: what it noted is forgotten. */
  private again(): number {
    this.headers.reset()
    return NEED_MORE
  }

  private scan(b: Buffer, base: number, end: number): number {
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
            this.lineStart = p - base
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
          if (p - base - this.lineStart > MAX_METHOD) return this.fail('bad_method')
          if (p === end) break loop
          if (b[p] !== SP || p - base === this.lineStart) return this.fail('bad_method')
          this.methodEnd = p - base
          p++
          phase = REQUEST_TARGET
          break
        }
        case REQUEST_TARGET: {
          while (p < end && TARGET[b[p] as number] !== 0) p++
          if (p === end) break loop
          if (b[p] !== SP || p - base === this.methodEnd + 1) return this.fail('bad_target')
          this.targetEnd = p - base
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
                this.kind === 'response' ? 'bad_status_line' : digit ? 'unknown_version' : 'bad_version',
              )
            }
            this.matched++
            p++
          } else if (this.matched === HTTP_SLASH_1_DOT.length) {
            if (c !== 48 && c !== 49) {
              return this.fail(
                c >= 50 && c <= 57 && this.kind === 'request' ? 'unknown_version' : 'bad_version',
              )
            }
            this.version = c - 38
            this.matched++
            p++
          } else if (this.kind === 'request') {
            if (c !== CR) return this.fail(c === LF ? 'bad_line_ending' : 'bad_version')
            p++
            phase = LINE_LF
          } else {
            if (c !== SP) return this.fail('bad_status_line')
            p++
            this.matched = 0
            this.status = 0
            phase = STATUS
          }
          break
        }
        case STATUS: {
          const c = b[p] as number
          if (this.matched < 3) {
            if (c < 48 || c > 57) return this.fail('bad_status_line')
            this.status = this.status * 10 + c - 48
            this.matched++
            p++
          } else {
            if ((c !== SP && c !== CR) || this.status < 100 || this.status > 599) {
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
          this.headers.mark(this.id, this.nameStart, this.valueStart, valueEnd)
          if (this.limits.maxHeaders > 0 && this.headers.lineCount > this.limits.maxHeaders) {
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
          if (this.tooLarge(p - base)) return this.fail('head_too_large')
          this.finish(latin1(b, base, p))
          return p
        }
      }
    }
    if (this.tooLarge(p - base)) {
      return this.fail(phase <= REQUEST_TARGET ? 'target_too_long' : 'head_too_large')
    }
    this.phase = phase
    this.at = p - base
    return NEED_MORE
  }

  private tooLarge(bytes: number): boolean {
    return this.limits.maxBytes > 0 && bytes > this.limits.maxBytes
  }

  private finish(text: string): void {
    if (this.kind === 'request') {
      this.method = text.slice(this.lineStart, this.methodEnd)
      this.target = text.slice(this.methodEnd + 1, this.targetEnd)
    }
    // Lines are written with the CRLF before them, which the first of a trailer section does not have.
    this.headers.seal(text, this.regular && this.kind !== 'trailers')
  }
}

function value(b: Buffer, p: number): number {
  return FIELD_VALUE[b[p] as number] as number
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}

/** True when `HTTP/1.1` stands at that place. */
function isHttp11(b: Buffer, p: number): boolean {
  return (
    b[p] === 72 &&
    b[p + 1] === 84 &&
    b[p + 2] === 84 &&
    b[p + 3] === 80 &&
    b[p + 4] === 47 &&
    b[p + 5] === 49 &&
    b[p + 6] === 46 &&
    b[p + 7] === 49
  )
}
