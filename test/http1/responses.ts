// Raw answers of an upstream with the verdict each must get: what the client hears, what the log says, whether the connection serves again.

export interface ResponseCase {
  readonly name: string
  /** What the upstream writes when the first request has come; `null` at the end: it closes then. */
  readonly answer: readonly (string | null)[]
  /** Method of the request; default GET. */
  readonly method?: string
  /** Asks for a WebSocket. */
  readonly upgrade?: true
  readonly expect: {
    readonly status: number
    /** Body as the client decodes it; `cut`: it sees that the answer is not whole. */
    readonly body?: string | 'cut'
    readonly flag: string
    /** The next request takes the same upstream connection. */
    readonly reused: boolean
  }
}

const OK = 'HTTP/1.1 200 OK\r\n'
const LENGTH_2 = 'content-length: 2\r\n\r\nok'

const broken = (cases: Readonly<Record<string, string | readonly (string | null)[]>>): ResponseCase[] =>
  Object.entries(cases).map(([name, answer]) => ({
    name,
    answer: typeof answer === 'string' ? [answer] : answer,
    expect: { status: 502, flag: 'UPE', reused: false },
  }))

const statusLines = broken({
  'status of letters': 'HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n',
  'status of two digits': 'HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n',
  'status of four digits': 'HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n',
  'status 099': 'HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n',
  'status 600': 'HTTP/1.1 600 OK\r\ncontent-length: 0\r\n\r\n',
  'negative status': 'HTTP/1.1 -20 OK\r\ncontent-length: 0\r\n\r\n',
  'no status': 'HTTP/1.1\r\ncontent-length: 0\r\n\r\n',
  'two spaces before the status': 'HTTP/1.1  200 OK\r\ncontent-length: 0\r\n\r\n',
  'version HTTP/2.0': 'HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n',
  'version HTTP/1.2': 'HTTP/1.2 200 OK\r\ncontent-length: 0\r\n\r\n',
  'lower-case http': 'http/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
  'ICY 200 OK': 'ICY 200 OK\r\ncontent-length: 0\r\n\r\n',
  'HTTP/0.9, a body at once': '<html>hello</html>',
  'SSH banner': 'SSH-2.0-OpenSSH_9.6\r\n',
  'TLS alert': '\x15\x03\x01\x00\x02\x02\x28',
  'an empty line first': `\r\n${OK}${LENGTH_2}`,
  'reason with a control character': 'HTTP/1.1 200 O\x01K\r\ncontent-length: 0\r\n\r\n',
  'reason with NUL': 'HTTP/1.1 200 O\0K\r\ncontent-length: 0\r\n\r\n',
  'line ended by LF': 'HTTP/1.1 200 OK\ncontent-length: 0\n\n',
  'line ended by CR': 'HTTP/1.1 200 OK\rcontent-length: 0\r\r',
})

const headerFields = broken({
  'space before the colon': `${OK}x : y\r\ncontent-length: 0\r\n\r\n`,
  'folded field': `${OK}x: y\r\n z\r\ncontent-length: 0\r\n\r\n`,
  'space before the first field': `${OK} x: y\r\ncontent-length: 0\r\n\r\n`,
  'empty name': `${OK}: y\r\ncontent-length: 0\r\n\r\n`,
  'line without a colon': `${OK}x\r\ncontent-length: 0\r\n\r\n`,
  'name with a control character': `${OK}x\x01: y\r\ncontent-length: 0\r\n\r\n`,
  'value with NUL': `${OK}x: y\0z\r\ncontent-length: 0\r\n\r\n`,
  'value with a bare CR': `${OK}x: y\rset-cookie: z\r\ncontent-length: 0\r\n\r\n`,
  'value with a bare LF': `${OK}x: y\nset-cookie: z\r\ncontent-length: 0\r\n\r\n`,
  'a field of 70 KiB': `${OK}x: ${'y'.repeat(70_000)}\r\ncontent-length: 0\r\n\r\n`,
  'a head without end': `${OK}x: ${'y'.repeat(70_000)}`,
  '300 fields': `${OK}${'x: y\r\n'.repeat(300)}content-length: 0\r\n\r\n`,
})

const framing = broken({
  'length and chunked': `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'chunked and length': `${OK}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`,
  'two lengths': `${OK}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
  'the same length twice': `${OK}content-length: 5\r\ncontent-length: 5\r\n\r\nhello`,
  'length as a list': `${OK}content-length: 5, 5\r\n\r\nhello`,
  'negative length': `${OK}content-length: -5\r\n\r\nhello`,
  'length with a plus': `${OK}content-length: +5\r\n\r\nhello`,
  'hexadecimal length': `${OK}content-length: 0x5\r\n\r\nhello`,
  'length beyond 2^53': `${OK}content-length: 99999999999999999999\r\n\r\nhello`,
  'empty length': `${OK}content-length:\r\n\r\nhello`,
  'gzip as transfer coding': `${OK}transfer-encoding: gzip\r\n\r\nhello`,
  'gzip, chunked': `${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'chunked, identity': `${OK}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  'chunked twice': `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'empty transfer coding': `${OK}transfer-encoding:\r\n\r\n0\r\n\r\n`,
  'chunked in HTTP/1.0': 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'a bad first chunk': `${OK}transfer-encoding: chunked\r\n\r\nx\r\nhello\r\n0\r\n\r\n`,
})

const cut = (
  cases: Readonly<Record<string, readonly [flag: string, ...answer: (string | null)[]]>>,
): ResponseCase[] =>
  Object.entries(cases).map(([name, [flag, ...answer]]) => ({
    name,
    answer,
    expect: { status: 200, body: 'cut', flag, reused: false },
  }))

const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`
/** What is wrong comes when the client has the head already: it can only be cut off. */
const late = cut({
  'an early end of a length': ['UC', `${OK}content-length: 10\r\n\r\nhalf`, null],
  'an early end of chunks': ['UC', CHUNKED, null],
  'an end inside a chunk': ['UC', `${OK}transfer-encoding: chunked\r\n\r\n5\r\nab`, null],
  'an end inside the trailers': ['UC', CHUNKED, '0\r\nx: y\r\n', null],
  'a chunk without end': ['UPE', CHUNKED, '3\r\nabcd\r\n0\r\n\r\n'],
  'a bad chunk size': ['UPE', CHUNKED, 'xyz\r\n'],
  'a chunk size beyond 2^53': ['UPE', CHUNKED, 'ffffffffffffffff\r\n'],
  'a chunk size with a space': ['UPE', CHUNKED, '3 \r\nabc\r\n0\r\n\r\n'],
  'a chunk size ended by LF': ['UPE', CHUNKED, '3\nabc\r\n0\r\n\r\n'],
  'a chunk extension with NUL': ['UPE', CHUNKED, '3;\0\r\nabc\r\n0\r\n\r\n'],
  'a trailer that frames': ['UPE', CHUNKED, '0\r\ncontent-length: 5\r\n\r\n'],
  'a trailer with a space before the colon': ['UPE', CHUNKED, '0\r\nx : y\r\n\r\n'],
  'a folded trailer': ['UPE', CHUNKED, '0\r\nx: y\r\n z\r\n\r\n'],
})

const early: ResponseCase[] = [
  { name: 'an end before the answer', answer: [null], expect: { status: 503, flag: 'UC', reused: false } },
  {
    name: 'an end inside the status line',
    answer: ['HTTP/1.1 20', null],
    expect: { status: 503, flag: 'UC', reused: false },
  },
  {
    name: 'an end inside the head',
    answer: [`${OK}x: y\r\n`, null],
    expect: { status: 503, flag: 'UC', reused: false },
  },
  {
    name: 'an end after 100',
    answer: ['HTTP/1.1 100 Continue\r\n\r\n', null],
    expect: { status: 503, flag: 'UC', reused: false },
  },
]

const interim = 'HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n'
const informational: ResponseCase[] = [
  {
    name: 'a flood of 1xx in one piece',
    answer: [interim.repeat(5000), `${OK}${LENGTH_2}`],
    expect: { status: 502, flag: 'UPE', reused: false },
  },
  {
    name: '1xx without end',
    answer: Array.from({ length: 500 }, () => interim),
    expect: { status: 502, flag: 'UPE', reused: false },
  },
  {
    name: 'three of 1xx',
    answer: [interim.repeat(3), `${OK}${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: true },
  },
  {
    name: '1xx with a length',
    answer: [`HTTP/1.1 103 Early Hints\r\ncontent-length: 5\r\n\r\n${OK}${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: true },
  },
  {
    name: '101 that nobody asked for',
    answer: ['HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
    expect: { status: 502, flag: 'UPE', reused: false },
  },
  {
    name: '101 without its fields where it was asked for',
    upgrade: true,
    answer: ['HTTP/1.1 101 Switching Protocols\r\n\r\nbytes', null],
    expect: { status: 101, flag: '-', reused: false },
  },
]

const bodies: ResponseCase[] = [
  {
    name: 'a plain answer',
    answer: [`${OK}${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: true },
  },
  {
    name: 'chunks with trailers',
    answer: [CHUNKED, '0\r\nx: y\r\n\r\n'],
    expect: { status: 200, body: 'abc', flag: '-', reused: true },
  },
  {
    name: 'an answer in single bytes',
    answer: [...`${OK}${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: true },
  },
  {
    name: 'Connection: close',
    answer: [`${OK}connection: close\r\n${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: false },
  },
  {
    name: 'HTTP/1.0',
    answer: ['HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
    expect: { status: 200, body: 'ok', flag: '-', reused: false },
  },
  {
    name: 'HTTP/1.0 with keep-alive',
    answer: ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok'],
    expect: { status: 200, body: 'ok', flag: '-', reused: true },
  },
  {
    name: 'until the end of the connection',
    answer: [`${OK}\r\nall of it`, null],
    expect: { status: 200, body: 'all of it', flag: '-', reused: false },
  },
  {
    name: 'bytes behind the answer',
    answer: [`${OK}${LENGTH_2}${OK}content-length: 6\r\n\r\nhidden`],
    expect: { status: 200, body: 'ok', flag: '-', reused: false },
  },
  {
    name: 'bytes behind the last chunk',
    answer: [CHUNKED, `0\r\n\r\n${OK}content-length: 6\r\n\r\nhidden`],
    expect: { status: 200, body: 'abc', flag: '-', reused: false },
  },
  {
    name: 'bytes some time behind the answer',
    answer: [`${OK}${LENGTH_2}`, 'x'],
    expect: { status: 200, body: 'ok', flag: '-', reused: false },
  },
  {
    name: 'HEAD without a body',
    method: 'HEAD',
    answer: [`${OK}content-length: 5\r\n\r\n`],
    expect: { status: 200, body: '', flag: '-', reused: true },
  },
  {
    name: 'HEAD with a body',
    method: 'HEAD',
    answer: [`${OK}content-length: 5\r\n\r\nhello`],
    expect: { status: 200, body: '', flag: '-', reused: false },
  },
  {
    name: 'HEAD, chunked',
    method: 'HEAD',
    answer: [`${OK}transfer-encoding: chunked\r\n\r\n`],
    expect: { status: 200, body: '', flag: '-', reused: true },
  },
  {
    name: '204 with a body',
    answer: ['HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello'],
    expect: { status: 204, body: '', flag: '-', reused: false },
  },
  {
    name: '204 with a length',
    answer: ['HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n'],
    expect: { status: 204, body: '', flag: '-', reused: true },
  },
  {
    name: '204, chunked',
    answer: ['HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    expect: { status: 204, body: '', flag: '-', reused: false },
  },
  {
    name: '304 with a length',
    answer: ['HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n'],
    expect: { status: 304, body: '', flag: '-', reused: true },
  },
  {
    name: '304 with a body',
    answer: ['HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\nhello'],
    expect: { status: 304, body: '', flag: '-', reused: false },
  },
  {
    name: 'obs-text in a value',
    answer: [`${OK}x: caf\xe9\r\n${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: true },
  },
  {
    name: 'no reason',
    answer: [`HTTP/1.1 200 \r\n${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: true },
  },
  {
    name: 'no reason and no space',
    answer: [`HTTP/1.1 200\r\n${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: true },
  },
  {
    name: 'an answer before the request is whole',
    method: 'POST',
    answer: [`${OK}${LENGTH_2}`],
    expect: { status: 200, body: 'ok', flag: '-', reused: false },
  },
]

export const responses: readonly ResponseCase[] = [
  ...statusLines,
  ...headerFields,
  ...framing,
  ...late,
  ...early,
  ...informational,
  ...bodies,
]
