// Request ids. Random bytes are drawn in bulk: asking the system for each id costs more than all else that a header takes.
import { randomFillSync } from 'node:crypto'

const POOL = Buffer.allocUnsafeSlow(4096)
let used = POOL.length
let hex = ''

/** 32 hexadecimal digits, as nginx's $request_id. */
export function hexId(): string {
  if (used >= POOL.length) {
    randomFillSync(POOL)
    hex = POOL.toString('hex')
    used = 0
  }
  const at = used * 2
  used += 16
  return hex.slice(at, at + 32)
}

const VARIANT = ['8', '9', 'a', 'b']

/** A version 4 UUID (RFC 9562), as Envoy's x-request-id. */
export function uuid(): string {
  const id = hexId()
  const variant = VARIANT[id.charCodeAt(16) & 3]
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-${variant}${id.slice(17, 20)}-${id.slice(20)}`
}
