// A message between two hops of this process in its parts: what the sender has parsed and checked, the receiver need not parse again. Only
// what would arrive on a wire exactly so travels like this; everything else goes as text.
import { HeaderBlock } from '../http/headers/header-block.ts'
import { FIELD_VALUE, HTAB, MAX_METHOD, SP, TARGET, TOKEN_LOWER } from '../http1/chars.ts'
import { type HeadLimits, tooManyBytes, tooManyHeaders } from '../http1/head-limits.ts'
import { statusLine } from '../http1/message-text.ts'

const NOTHING = Buffer.alloc(0)
const SLASH = 47
/** What a request line has besides method and target. */
const REQUEST_LINE = '  HTTP/1.1'.length
/** After the start line, and the empty line. */
const LINE_ENDS = 4

/** Written by one end, read by the other before that one writes the next: each connection has one for each direction. */
export class Letter {
  /** The receiver's, until the next message. */
  readonly headers = new HeaderBlock()
  readonly version = 11
  /** Of a request; empty in a response. */
  method = ''
  target = ''
  /** Of a response. */
  status = 0
  body = NOTHING
  private fields = 0
  private headBytes = 0

  /** Takes a request with its whole body (valid during the call). False: it must go as text. */
  request(method: string, target: string, headers: HeaderBlock, body: Buffer | undefined): boolean {
    if (!isMethod(method) || !isOriginForm(target) || !headers.everyUnchecked(isRegular)) return false
    this.method = method
    this.target = target
    this.fill(method.length + target.length + REQUEST_LINE, headers, body)
    return true
  }

  /** Takes a response with its whole body (valid during the call). False: it must go as text. */
  response(status: number, headers: HeaderBlock, body: Buffer | undefined): boolean {
    if (!headers.everyUnchecked(isRegular)) return false
    this.status = status
    this.fill(statusLine(status).length, headers, body)
    return true
  }

  /** Bytes that it has on a wire. */
  get length(): number {
    return this.headBytes + this.body.length
  }

  /** True when a parser with these limits would take the head. */
  within(limits: HeadLimits): boolean {
    return !tooManyBytes(limits, this.headBytes) && !tooManyHeaders(limits, this.fields)
  }

  /** As it would be on a wire. */
  bytes(): Buffer {
    const start = this.method === '' ? statusLine(this.status) : `${this.method} ${this.target} HTTP/1.1`
    return Buffer.concat([Buffer.from(`${start}${this.headers.toLines()}\r\n\r\n`, 'latin1'), this.body])
  }

  private fill(startBytes: number, headers: HeaderBlock, body: Buffer | undefined): void {
    const { fields, bytes } = this.headers.assign(headers)
    this.fields = fields
    this.headBytes = startBytes + bytes + LINE_ENDS
    this.body = body === undefined ? NOTHING : Buffer.from(body)
  }
}

// What the readers of heads ask of bytes, asked of text that it has not seen.

let lastMethod = 'GET'
function isMethod(text: string): boolean {
  if (text === lastMethod) return true
  if (text.length === 0 || text.length > MAX_METHOD) return false
  for (let at = 0; at < text.length; at++) if (!(TOKEN_LOWER[text.charCodeAt(at)] as number)) return false
  lastMethod = text
  return true
}

function isOriginForm(target: string): boolean {
  if (target.charCodeAt(0) !== SLASH) return false
  for (let at = 1; at < target.length; at++) if (TARGET[target.charCodeAt(at)] !== 1) return false
  return true
}

function isRegular(name: string, value: string): boolean {
  if (name.length === 0) return false
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at)
    if (TOKEN_LOWER[code] !== code) return false
  }
  for (let at = 0; at < value.length; at++) if (FIELD_VALUE[value.charCodeAt(at)] !== 1) return false
  return value.length === 0 || (isInk(value.charCodeAt(0)) && isInk(value.charCodeAt(value.length - 1)))
}

function isInk(code: number): boolean {
  return code !== SP && code !== HTAB
}
