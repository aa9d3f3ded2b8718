// The headers that join the hops of a trace: W3C Trace Context (traceparent, tracestate) and Zipkin's B3, single (`b3`) and multiple (`x-b3-*`).
import type { HeaderBlock } from '../http/headers/header-block.ts'

/** What a request brought of the hop before. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  readonly spanId: string
}

export interface Received {
  /** Undefined: a new trace begins here. */
  readonly parent: TraceParent | undefined
  /** The caller's word on sampling. It may come without ids (`b3: 0`), and ids without it. */
  readonly decision: boolean | undefined
  /** The form of B3 that the caller spoke: programs behind may read it as well. */
  readonly b3: 'single' | 'multiple' | undefined
}

/** Version 00 as Trace Context section 3.2 has it; later versions may carry more after the flags. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)
const NOTHING: Received = { parent: undefined, decision: undefined, b3: undefined }

/** Reads the headers; traceparent is believed before B3. What is malformed counts as absent (Trace Context section 3.2.2). */
export function receive(headers: HeaderBlock): Received {
  const given = headers.get('traceparent')
  const w3c = given === undefined ? undefined : parseTraceparent(given)
  const single = headers.get('b3')
  const own = single === undefined ? multiple(headers) : parseB3(single)
  if (w3c === undefined) return own ?? NOTHING
  return own === undefined ? w3c : { ...w3c, b3: own.b3 }
}

function parseTraceparent(text: string): Received | undefined {
  const match = TRACEPARENT.exec(text)
  if (match === null) return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', more] = match
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined
  return { parent: { traceId, spanId }, decision: (Number.parseInt(flags, 16) & 1) === 1, b3: undefined }
}

const B3 = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/

/** `{trace}-{span}[-{sampled}[-{parent}]]`, or the decision alone. */
function parseB3(text: string): Received {
  if (text === '0' || text === '1' || text === 'd') {
    return { parent: undefined, decision: text !== '0', b3: 'single' }
  }
  const [, traceId, spanId, state] = B3.exec(text.toLowerCase()) ?? []
  return b3Parent(traceId, spanId, state, 'single')
}

function multiple(headers: HeaderBlock): Received | undefined {
  const traceId = headers.get('x-b3-traceid')?.toLowerCase()
  const spanId = headers.get('x-b3-spanid')?.toLowerCase()
  const sampled = headers.get('x-b3-sampled')
  const debug = headers.get('x-b3-flags') === '1'
  if (traceId === undefined && sampled === undefined && !debug) return undefined
  const state = debug ? 'd' : sampled?.replace('true', '1').replace('false', '0')
  const [, trace, span] = B3.exec(`${traceId}-${spanId}`) ?? []
  return b3Parent(trace, span, state, 'multiple')
}

function b3Parent(
  traceId: string | undefined,
  spanId: string | undefined,
  state: string | undefined,
  b3: Received['b3'],
): Received {
  const decision = state === undefined ? undefined : state !== '0'
  if (traceId === undefined || spanId === undefined || /^0+$/.test(traceId) || spanId === NO_SPAN) {
    return { parent: undefined, decision, b3 }
  }
  return { parent: { traceId: traceId.padStart(32, '0'), spanId }, decision, b3 }
}

/** Tells the next hop of this one's span. B3 is written where the caller spoke it. */
export function send(
  headers: HeaderBlock,
  span: {
    readonly traceId: string
    readonly spanId: string
    readonly parentId: string
    readonly sampled: boolean
  },
  received: Received,
): void {
  const { traceId, spanId, parentId, sampled } = span
  headers.set('traceparent', `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`)
  // Whoever begins a trace has no state of it (Trace Context section 3.3.1.3).
  if (received.parent === undefined) headers.remove('tracestate')
  const flag = sampled ? '1' : '0'
  if (received.b3 === 'single') {
    headers.set('b3', `${traceId}-${spanId}-${flag}${parentId === '' ? '' : `-${parentId}`}`)
  } else if (received.b3 === 'multiple') {
    headers.set('x-b3-traceid', traceId)
    headers.set('x-b3-spanid', spanId)
    if (parentId === '') headers.remove('x-b3-parentspanid')
    else headers.set('x-b3-parentspanid', parentId)
    headers.set('x-b3-sampled', flag)
  }
}
