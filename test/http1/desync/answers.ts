// What an upstream may answer: right, odd, cut, too much.

/** What looks like the answer to somebody's request. */
export const DECOY = 'HTTP/1.1 200 OK\r\nx-id: decoy\r\ncontent-length: 5\r\n\r\ndecoy'

export interface Asked {
  readonly id: string
  readonly method: string
  /** The request asks for another protocol. */
  readonly upgrade: boolean
  /** How often it has come. */
  readonly times: number
}

export interface Answer {
  /** Said as soon as the head is there, not when the request is whole. */
  readonly early?: true
  /** Pieces that are written one a turn; null: the connection ends, 'reset': it is reset. */
  pieces(asked: Asked): readonly (string | null | 'reset')[]
  /** The client may see its connection end, or the answer cut. */
  readonly cuts?: true
}

const head = (id: string, lines: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\nx-id: ${id}\r\n${lines}\r\n`
/** The body that goes with the answer to a request. */
export const bodyOf = (id: string): string => `${id};${DECOY}`
const silent = ({ method }: Asked): boolean => method === 'HEAD'
const sized = (id: string, extra = ''): string => head(id, `content-length: ${bodyOf(id).length}\r\n${extra}`)
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const CHUNKED = 'transfer-encoding: chunked\r\n'

const whole = (asked: Asked, extra = ''): string =>
  sized(asked.id, extra) + (silent(asked) ? '' : bodyOf(asked.id))
const inChunks = (asked: Asked, end = '0\r\n\r\n'): string =>
  head(asked.id, CHUNKED) + (silent(asked) ? '' : chunk(bodyOf(asked.id)) + end)

export const ANSWERS: Readonly<Record<string, Answer>> = {
  length: { pieces: (asked) => [whole(asked)] },
  chunked: { pieces: (asked) => [inChunks(asked)] },
  trailers: { pieces: (asked) => [inChunks(asked, '0\r\nx-t: end\r\n\r\n')] },
  'in pieces': { pieces: (asked) => whole(asked).split(/(?<=[\n;])/) },
  'chunks in pieces': { pieces: (asked) => inChunks(asked, '0\r\nx-t: end\r\n\r\n').split(/(?<=\n)/) },
  large: {
    pieces: (asked) =>
      silent(asked)
        ? [inChunks(asked)]
        : [
            head(asked.id, CHUNKED),
            chunk(`${asked.id};`),
            chunk('l'.repeat(150_000)),
            chunk(DECOY),
            '0\r\n\r\n',
          ],
  },
  'until the end': {
    pieces: (asked) => [head(asked.id, '') + (silent(asked) ? '' : bodyOf(asked.id)), null],
  },
  'and closes': { pieces: (asked) => [whole(asked, 'connection: close\r\n'), null] },
  'and closes without a word': { pieces: (asked) => [whole(asked), null] },
  'of HTTP/1.0': { pieces: (asked) => [whole(asked).replace('HTTP/1.1', 'HTTP/1.0'), null] },
  interim: {
    pieces: (asked) => [
      `HTTP/1.1 103 Early Hints\r\nlink: <a>\r\ncontent-length: 5\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n`,
      whole(asked),
    ],
  },
  'no content': { pieces: ({ id }) => [head(id, 'content-length: 5\r\n', '204 No Content')] },
  'not modified': { pieces: ({ id }) => [head(id, 'content-length: 5\r\n', '304 Not Modified')] },
  'refused and tried again': {
    pieces: (asked) =>
      asked.times > 1
        ? [whole(asked)]
        : [head(asked.id, CHUNKED, '503 No') + (silent(asked) ? '' : `${chunk('no')}0\r\nx-t: end\r\n\r\n`)],
  },
  early: { early: true, pieces: (asked) => [whole(asked)], cuts: true },
  'early and closes': {
    early: true,
    pieces: (asked) => [whole(asked, 'connection: close\r\n'), null],
    cuts: true,
  },
  'early in pieces': { early: true, pieces: (asked) => inChunks(asked).split(/(?<=[\n;])/), cuts: true },
  'both framings': {
    pieces: ({ id }) => [`${head(id, `content-length: 5\r\n${CHUNKED}`) + chunk('hello')}0\r\n\r\n`],
  },
  'two lengths': { pieces: ({ id }) => [`${head(id, 'content-length: 5\r\ncontent-length: 6\r\n')}hello!`] },
  'unknown coding': { pieces: ({ id }) => [head(id, 'transfer-encoding: gzip, chunked\r\n') + DECOY] },
  'no HTTP': { pieces: () => ['SSH-2.0-OpenSSH\r\n'] },
  'a bare LF': { pieces: ({ id }) => [`HTTP/1.1 200 OK\nx-id: ${id}\ncontent-length: 0\n\n`] },
  'more than was asked for': { pieces: (asked) => [whole(asked) + DECOY] },
  'no chunk': { pieces: (asked) => [head(asked.id, CHUNKED) + (silent(asked) ? '' : 'zz\r\n')], cuts: true },
  'cut length': { pieces: ({ id }) => [head(id, 'content-length: 10000\r\n') + id, null], cuts: true },
  'cut chunks': { pieces: ({ id }) => [head(id, CHUNKED) + chunk(id), null], cuts: true },
  'cut head': { pieces: ({ id }) => [`HTTP/1.1 200 OK\r\nx-id: ${id}\r\n`, null] },
  'cut by a reset': { pieces: ({ id }) => [head(id, 'content-length: 10000\r\n') + id, 'reset'], cuts: true },
  nothing: { pieces: () => [null] },
  reset: { pieces: () => ['reset'] },
  'another protocol': {
    pieces: ({ id }) => [
      `HTTP/1.1 101 Switching Protocols\r\nx-id: ${id}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nT:${id}`,
    ],
  },
}
