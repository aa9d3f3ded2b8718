// A message head as its readers leave it: the start line in its parts, the header lines as marks into the text.
import { HeaderBlock } from '../http/headers/header-block.ts'
import type { Fault } from './fault.ts'
import type { HeadLimits } from './head-limits.ts'

/** What stands at the start of the head; a trailer section has no start line. */
export type HeadKind = 'request' | 'response' | 'trailers'

/** Filled by `parseWholeHead` or by `HeadStateMachine`: offsets first, the text they point into last, as a `HeaderBlock` is. */
export class MessageHead {
  readonly kind: HeadKind
  readonly limits: HeadLimits
  readonly headers = new HeaderBlock()
  /** Of a request. */
  method = ''
  target = ''
  /** 10 or 11. */
  version = 11
  /** Of a response. */
  status = 0
  /** What is wrong with the head, once that is known. */
  fault: Fault | undefined
  private methodStart = 0
  private methodEnd = 0
  private targetEnd = 0

  constructor(kind: HeadKind, limits: HeadLimits) {
    this.kind = kind
    this.limits = limits
  }

  /** Notes the request line by its offsets into the text that `seal` will bring. */
  markRequestLine(methodStart: number, methodEnd: number, targetEnd: number): void {
    this.methodStart = methodStart
    this.methodEnd = methodEnd
    this.targetEnd = targetEnd
  }

  /** The head is whole: the text into which the marks point. `regular` says that each line is spelled `name: value` already. */
  seal(text: string, regular: boolean): void {
    if (this.kind === 'request') {
      this.method = text.slice(this.methodStart, this.methodEnd)
      this.target = text.slice(this.methodEnd + 1, this.targetEnd)
    }
    // Lines are written with the CRLF before them, which the first of a trailer section does not have.
    this.headers.seal(text, regular && this.kind !== 'trailers')
  }
}
