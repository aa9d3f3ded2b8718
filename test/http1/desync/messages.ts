// Requests as they go on the wire, good, odd and malformed, and what of them may arrive.

/** What a smuggler hides in a body, and behind a message that is refused. */
export const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: a.test\r\nUser-Agent: hidden\r\n\r\n'

export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly text: string }
  | {
      readonly kind: 'chunked'
      readonly pieces: readonly string[]
      readonly extension: string
      readonly trailers: string
    }

export interface Message {
  readonly method: string
  readonly form: 'origin' | 'absolute' | 'asterisk'
  /** The route. */
  readonly place: 'r' | 'retry' | 'own' | 'limited'
  readonly version: '1.1' | '1.0'
  /** Further lines of the head. */
  readonly lines: readonly string[]
  readonly body: Body
  /** The client waits a while before all of the body, or before the last byte of it. */
  readonly halts: 'before the body' | 'before the end' | undefined
  /** One of FAULTS, instead of all this. */
  readonly fault: string | undefined
  /** How the upstream answers: one of ANSWERS. */
  readonly answer: string
}

export interface Wire {
  readonly text: string
  /** Where in the text the client waits. */
  readonly haltsAt: number | undefined
  /** What the upstream has to see. */
  readonly method: string
  readonly target: string
  readonly body: string
}

const line = (method: string, id: string, lines: string, body = '', version = '1.1'): string =>
  `${method} /r/${id} HTTP/${version}\r\nHost: a.test\r\nUser-Agent: ${id}\r\n${lines}\r\n${body}`
const post =
  (lines: string, body = ''): ((id: string) => string) =>
  (id) =>
    line('POST', id, lines, body)
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body)

/** Requests that are none: they are refused, the connection ends, and what follows is nobody's request. */
export const FAULTS: Readonly<Record<string, (id: string) => string>> = {
  'length and chunks': post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  'chunks and length': post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
  'two lengths': post('Content-Length: 0\r\nContent-Length: 5\r\n'),
  'list of lengths': post('Content-Length: 0, 5\r\n'),
  'length with a sign': post('Content-Length: +5\r\n'),
  'length in hexadecimal': post('Content-Length: 0x5\r\n'),
  'length with a space': post('Content-Length: 5 5\r\n'),
  'empty length': post('Content-Length:\r\n'),
  'unknown coding': post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
  'two codings': post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
  'coding twice': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  'coding after VT': post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'),
  'coding with a space before the colon': post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'),
  'coding folded': post('X: y\r\n Transfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  'coding behind a bare LF': post('X: y\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  'coding behind a bare CR': post('X: y\rTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
  'chunk size that is none': chunked('x\r\n'),
  'chunk size with a sign': chunked('+5\r\nhello\r\n0\r\n\r\n'),
  'chunk size with a space': chunked('5 \r\nhello\r\n0\r\n\r\n'),
  'chunk size behind a bare LF': chunked('5\nhello\r\n0\r\n\r\n'),
  'chunk size that wraps': chunked('10000000000000005\r\nhello\r\n0\r\n\r\n'),
  'chunk longer than its size': chunked('2\r\nhello\r\n0\r\n\r\n'),
  'chunk extension with LF': chunked('5;a\nb\r\nhello\r\n0\r\n\r\n'),
  'trailer that frames': chunked('0\r\nContent-Length: 5\r\n\r\n'),
  'trailer that is none': chunked('0\r\nno trailer\r\n\r\n'),
  'chunks in HTTP/1.0': (id) => line('POST', id, 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n', '1.0'),
  'NUL in a value': post('X: a\0b\r\n'),
  'two hosts': post('Host: b.test\r\n'),
  'version of tomorrow': (id) => line('GET', id, '', '', '1.2'),
  'no host': (id) => `GET /r/${id} HTTP/1.1\r\nUser-Agent: ${id}\r\n\r\n`,
  'space in the target': (id) => `GET /r/${id} /x HTTP/1.1\r\nHost: a.test\r\nUser-Agent: ${id}\r\n\r\n`,
  'other expectation': post('Expect: everything\r\nContent-Length: 0\r\n'),
  CONNECT: (id) => `CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\nUser-Agent: ${id}\r\n\r\n`,
}

/** As it goes on the wire, with the number by which it is known everywhere. */
export function wireOf(message: Message, id: string): Wire {
  const { method, form, place, version, lines, body, halts, fault } = message
  const path = `/${place}/${id}`
  if (fault !== undefined) {
    const text = `${FAULTS[fault]?.(id)}${HIDDEN}`
    return { text, method: text.split(' ')[0] ?? '', target: `/r/${id}`, body: '', haltsAt: undefined }
  }
  const target = form === 'asterisk' ? '*' : form === 'absolute' ? `http://a.test${path}` : path
  const head = [`${method} ${target} HTTP/${version}`, 'Host: a.test', `User-Agent: ${id}`, ...lines]
  let data = ''
  if (body.kind === 'length') {
    head.push(`Content-Length: ${body.text.length}`)
    data = body.text
  } else if (body.kind === 'chunked') {
    head.push('Transfer-Encoding: chunked')
    for (const piece of body.pieces) data += `${piece.length.toString(16)}${body.extension}\r\n${piece}\r\n`
    data += `0\r\n${body.trailers}\r\n`
  }
  const decoded = body.kind === 'none' ? '' : body.kind === 'length' ? body.text : body.pieces.join('')
  const start = `${head.join('\r\n')}\r\n\r\n`
  return {
    text: start + data,
    method,
    target: form === 'asterisk' ? '*' : path,
    body: decoded,
    haltsAt:
      halts === undefined || data === ''
        ? undefined
        : start.length + (halts === 'before the body' ? 0 : data.length - 1),
  }
}
