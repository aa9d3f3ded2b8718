// Makes certificate revocation lists (RFC 5280 section 5), for those who run their own CA and for tests.
import { ecdsaWithSha256, keyIdentifier, type Signer, signed } from './certificate.ts'
import { explicit, implicit, integer, octets, oid, sequence, time, tlv, unsigned } from './der/write.ts'
import { OID } from './oids.ts'
import { encodePem } from './pem.ts'

export interface CrlContent {
  /** Serial numbers in hex. */
  readonly revoked: readonly string[]
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly number: number
}

/** The PEM list signed by `signer`. */
export function signCrl(content: CrlContent, signer: Signer): string {
  const entries = content.revoked.map((serial) => {
    const even = serial.length % 2 === 0 ? serial : `0${serial}`
    return sequence(unsigned(Buffer.from(even, 'hex')), time(content.thisUpdate))
  })
  const extension = (type: string, value: Uint8Array) => sequence(oid(type), octets(value))
  const tbs = sequence(
    tlv(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    signer.name,
    time(content.thisUpdate),
    time(content.nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    explicit(
      0,
      sequence(
        extension(OID.authorityKeyId, sequence(implicit(0, keyIdentifier(signer.spki)))),
        extension(OID.crlNumber, integer(content.number)),
      ),
    ),
  )
  return encodePem('X509 CRL', signed(tbs, signer.key))
}
