// The fast path of head parsing: a head that is all here and spelled as almost every sender does, in one walk without state.
import type { HeaderBlock } from '../http/headers/header-block.ts'
import { hashStep, knownIdOfBytes } from '../http/headers/known-headers.ts'
import { COLON, CR, FIELD_VALUE, LF, MAX_METHOD, SP, TARGET, TOKEN_LOWER } from './chars.ts'
import { tooManyBytes, tooManyHeaders } from './head-limits.ts'
import { latin1 } from './latin1.ts'
import type { MessageHead } from './message-head.ts'
import { NEED_MORE } from './parse-result.ts'

/**
 * Reads the head that begins at b[base] and returns the index of the first byte after it. NEED_MORE for any other than such a head, which
 * `HeadStateMachine` then reads from its start; only that one gives verdicts. Names are put into lower case in place.
 */
export function parseWholeHead(head: MessageHead, b: Buffer, base: number): number {
  const end = b.length
  const tokens = TOKEN_LOWER
  const values = FIELD_VALUE
  const { headers, kind, limits } = head
  let p = base
  if (kind === 'request') {
    while (p < end && tokens[b[p] as number] !== 0) p++
    const methodEnd = p - base
    if (p >= end || b[p] !== SP || methodEnd === 0 || methodEnd > MAX_METHOD) return NEED_MORE
    p++
    while (p < end && TARGET[b[p] as number] !== 0) p++
    const targetEnd = p - base
    if (p + 11 > end || b[p] !== SP || targetEnd === methodEnd + 1 || !isHttp11(b, p + 1)) return NEED_MORE
    if (b[p + 9] !== CR || b[p + 10] !== LF) return NEED_MORE
    head.markRequestLine(0, methodEnd, targetEnd)
    head.version = 11
    p += 11
  } else if (kind === 'response') {
    if (p + 15 > end || !isHttp11(b, p) || b[p + 8] !== SP || b[p + 12] !== SP) return NEED_MORE
    const status =
      ((b[p + 9] as number) - 48) * 100 + ((b[p + 10] as number) - 48) * 10 + (b[p + 11] as number) - 48
    if (!isDigit(b[p + 9]) || !isDigit(b[p + 10]) || !isDigit(b[p + 11]) || status < 100 || status > 599)
      return NEED_MORE
    p += 13
    while (p < end && values[b[p] as number] !== 0) p++
    if (p + 1 >= end || b[p] !== CR || b[p + 1] !== LF) return NEED_MORE
    head.version = 11
    head.status = status
    p += 2
  }
  let lines = 0
  for (;;) {
    if (p + 1 >= end) return again(headers)
    if (b[p] === CR) {
      if (b[p + 1] !== LF) return again(headers)
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
    if (p + 2 >= end || p === nameStart || b[p] !== COLON || b[p + 1] !== SP) return again(headers)
    const nameEnd = p
    const valueStart = p + 2
    p = valueStart
    // Most of a head is values: four bytes at a time.
    while (p + 3 < end && (value(b, p) & value(b, p + 1) & value(b, p + 2) & value(b, p + 3)) !== 0) p += 4
    while (p < end && values[b[p] as number] !== 0) p++
    if (p + 1 >= end || p === valueStart || b[p] !== CR || b[p + 1] !== LF) return again(headers)
    if ((b[valueStart] as number) <= SP || (b[p - 1] as number) <= SP) return again(headers)
    const id = knownIdOfBytes(hash, b, nameStart, nameEnd)
    headers.mark(id, nameStart - base, valueStart - base, p - base)
    lines++
    p += 2
  }
  if (tooManyBytes(limits, p - base) || tooManyHeaders(limits, lines)) return again(headers)
  head.seal(latin1(b, base, p), true)
  return p
}

/** Not for the fast path after all: what it noted is forgotten. */
function again(headers: HeaderBlock): number {
  headers.reset()
  return NEED_MORE
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
