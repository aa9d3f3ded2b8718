// Reads a DER certificate list as far as the model needs it: whose it is, and until when it is good.
import { child, children, readOne, readTime } from './der/read.ts'
import { formatName } from './distinguished-name.ts'

/** Issuer (RFC 4514) and nextUpdate (milliseconds since the epoch) of a DER CRL. Throws when it is none. */
export function crlFacts(der: Uint8Array): { readonly issuer: string; readonly nextUpdate?: number } {
  const tbs = children(child(readOne(der), 0, 0x30))
  const offset = tbs[0]?.tag === 0x02 ? 1 : 0
  const [algorithm, issuer, thisUpdate, next] = tbs.slice(offset)
  if (algorithm?.tag !== 0x30 || issuer === undefined || thisUpdate === undefined)
    throw new Error('incomplete CRL')
  readTime(thisUpdate)
  const nextUpdate = next && (next.tag === 0x17 || next.tag === 0x18) ? readTime(next) : undefined
  return { issuer: formatName(issuer), ...(nextUpdate === undefined ? {} : { nextUpdate }) }
}
