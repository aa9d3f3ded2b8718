// Between Node's buffers and the ASN.1 library's.
import { AsnConvert } from '@peculiar/asn1-schema'

/** The DER of a schema object. */
export const encode = (value: object): Buffer => Buffer.from(AsnConvert.serialize(value))

/** The same bytes in a buffer of their own. */
export const bytesOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

/** Lower-case hex. */
export const hexOf = (bytes: ArrayBuffer | Uint8Array): string =>
  Buffer.from(new Uint8Array(bytes)).toString('hex')
