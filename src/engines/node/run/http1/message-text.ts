// Heads and framed bodies as the text that goes on the wire. Text is latin1: one character, one byte.
import { STATUS_CODES } from 'node:http'
import type { ByteSocket } from '../byte-socket.ts'
import type { HeaderBlock } from '../http/headers/header-block.ts'
import { latin1 } from './latin1.ts'

const SPACED_REASONS: string[] = []
for (const [status, reason] of Object.entries(STATUS_CODES)) {
  SPACED_REASONS[Number(status)] = `HTTP/1.1 ${status} ${reason}`
}

/** `HTTP/1.1 200 OK`. */
export function statusLine(status: number): string {
  return SPACED_REASONS[status] ?? `HTTP/1.1 ${status} `
}

const CHUNK_END = '\r\n'
const LAST_CHUNK = '0\r\n\r\n'

/** Bytes up to which head and body are joined into one string: one write, one copy. */
const STRING_LIMIT = 8 * 1024

/** Where the bytes go: the part of a socket that writing needs. */
export type ByteSink = Pick<ByteSocket, 'write' | 'writeCopied'>

/** Writes the lines of a head, the end of it, and what is there of the body, in one piece. `first` is copied; `ended`: it is all. */
export function writeMessage(
  sink: ByteSink,
  lines: string,
  chunked: boolean,
  first: Buffer | undefined,
  ended: boolean,
): void {
  let head = `${lines}\r\n\r\n`
  let tail = ''
  if (chunked) {
    if (first !== undefined) {
      head += chunkStart(first.length)
      tail = CHUNK_END
    }
    if (ended) tail += LAST_CHUNK
  }
  writeAround(sink, head, first, tail)
}

/** Writes more of a body, which is copied. */
export function writeData(sink: ByteSink, chunked: boolean, data: Buffer): void {
  if (chunked) writeAround(sink, chunkStart(data.length), data, CHUNK_END)
  else writeAround(sink, '', data, '')
}

/** The end of a chunked body, with its trailer fields. */
export function lastChunk(trailers: HeaderBlock | undefined): string {
  return trailers === undefined ? LAST_CHUNK : `0${trailers.toLines()}\r\n\r\n`
}

/** The line before a chunk of that many bytes (RFC 9112 section 7.1). */
function chunkStart(bytes: number): string {
  return `${bytes.toString(16)}\r\n`
}

function writeAround(sink: ByteSink, head: string, body: Buffer | undefined, tail: string): void {
  if (body === undefined) {
    sink.write(head + tail)
  } else if (body.length <= STRING_LIMIT) {
    sink.write(head + latin1(body, 0, body.length) + tail)
  } else sink.writeCopied(head, body, tail)
}
