// Request ids. They are made in bulk: asking the system and putting text together for each costs more than all else that a header takes.
import { randomFillSync } from 'node:crypto'

const BATCH = 256
const BYTES = 16
const random = Buffer.allocUnsafeSlow(BATCH * BYTES)

/** Hands out pieces of one length of a text that is made when the one before is used up. */
function supply(length: number, make: (hex: string) => string): () => string {
  let text = ''
  let at = 0
  return () => {
    if (at >= text.length) {
      randomFillSync(random)
      let all = ''
      for (let from = 0; from < random.length; from += BYTES)
        all += make(random.toString('hex', from, from + BYTES))
      // One flat text, so that a piece of it costs a pointer.
      text = Buffer.from(all, 'latin1').toString('latin1')
      at = 0
    }
    at += length
    return text.slice(at - length, at)
  }
}

/** 32 hexadecimal digits, as nginx's $request_id. */
export const hexId = supply(2 * BYTES, (hex) => hex)

const VARIANT = ['8', '9', 'a', 'b']

/** A version 4 UUID (RFC 9562), as Envoy's x-request-id. */
export const uuid = supply(36, (hex) => {
  const variant = VARIANT[hex.charCodeAt(16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
})
