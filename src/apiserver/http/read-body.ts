// Reads a request body, up to the limit.
import type { IncomingMessage } from 'node:http'
import { MAX_BODY_BYTES } from '../codec/decode-body.ts'
import { tooLarge } from '../status-error.ts'

/** The whole body. Throws 413 above the limit, once the rest has been taken in: closing earlier would hide the answer from the client. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= MAX_BODY_BYTES) chunks.push(chunk)
    else if (size > MAX_BODY_BYTES * 16) break
  }
  if (size > MAX_BODY_BYTES) throw tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`)
  return Buffer.concat(chunks)
}
