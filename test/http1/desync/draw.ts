// Draws what one client does on one connection.
import fc from 'fast-check'
import { ANSWERS } from './answers.ts'
import { type Body, FAULTS, HIDDEN, type Message } from './messages.ts'

/** Where bytes are cut, and what comes between the pieces. */
export interface Cut {
  readonly at: number
  readonly pause: 'none' | 'turn' | 'while'
}

export interface Sequence {
  readonly messages: readonly Message[]
  /** Where else the bytes are cut, as parts of their number. */
  readonly cuts: readonly Cut[]
  /** The client waits for everything, or leaves before some part of its bytes. */
  readonly leavesAt: number | undefined
}

const mostly = <T>(usual: T, weight: number, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

const text = fc.oneof(
  fc.constantFrom(HIDDEN, `${HIDDEN}${HIDDEN}`, 'x', '0\r\n\r\n', `0\r\n\r\n${HIDDEN}`, `\r\n${HIDDEN}`),
  fc.integer({ min: 1, max: 300 }).map((length) => 'y'.repeat(length)),
  { weight: 1, arbitrary: fc.constantFrom('z'.repeat(9_000), `${'z'.repeat(70_000)}${HIDDEN}`) },
)

const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Body>({ kind: 'none' }) },
  {
    weight: 3,
    arbitrary: fc
      .oneof({ weight: 8, arbitrary: text }, { weight: 1, arbitrary: fc.constant('') })
      .map((whole): Body => ({ kind: 'length', text: whole })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('chunked' as const),
      pieces: fc.array(text, { maxLength: 3 }),
      extension: mostly('', 3, ';a', ';a=b', ';a="b c"'),
      trailers: mostly('', 3, 'X-T: end\r\n', 'X-T: a\r\nX-U: b\r\n'),
    }),
  },
)

const LINES = [
  'Connection: close',
  'Connection: keep-alive',
  'Connection: X-Named, TE\r\nX-Named: named',
  'Connection: Content-Length, Transfer-Encoding, Host',
  'Expect: 100-continue',
  'TE: trailers',
  'Trailer: X-T',
  'X-Odd:  \t spaced \t',
  'X-Odd: \xe9',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: upgrade\r\nUpgrade: h2c',
  'X-Forwarded-For: 10.0.0.1',
]

const message: fc.Arbitrary<Message> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH'),
    form: mostly<Message['form']>('origin', 4, 'absolute', 'asterisk'),
    place: mostly<Message['place']>('r', 3, 'retry', 'own', 'limited'),
    version: mostly<Message['version']>('1.1', 12, '1.0'),
    lines: fc.oneof(
      { weight: 2, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(...LINES), { maxLength: 2 }) },
    ),
    body,
    halts: mostly<Message['halts']>(undefined, 4, 'before the body', 'before the end'),
    fault: fc.oneof(
      { weight: 9, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...Object.keys(FAULTS)) },
    ),
    answer: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('length', 'chunked') },
      { weight: 3, arbitrary: fc.constantFrom(...Object.keys(ANSWERS)) },
    ),
  })
  .map(sensible)

/** `*` is for OPTIONS, and there are no chunks in HTTP/1.0. */
function sensible(drawn: Message): Message {
  const asterisk = drawn.form === 'asterisk'
  return {
    ...drawn,
    ...(asterisk ? { method: 'OPTIONS', place: 'r' as const } : {}),
    ...(drawn.version === '1.0' && drawn.body.kind === 'chunked' ? { body: { kind: 'none' } as const } : {}),
  }
}

const part = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000)

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  messages: fc.array(message, { minLength: 1, maxLength: 6 }),
  cuts: fc.array(
    fc.record({
      at: part,
      pause: fc.constantFrom('none' as const, 'turn' as const, 'while' as const),
    }),
    { maxLength: 6 },
  ),
  leavesAt: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: part }),
})
