// The envelope of protobuf bodies: four magic bytes, then runtime.Unknown {typeMeta {apiVersion, kind}, raw, contentEncoding, contentType}.
import { ProtobufError, readFields, utf8, type Wire } from './protobuf-reader.ts'

export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  readonly raw: Uint8Array
}

const MAGIC = [0x6b, 0x38, 0x73, 0x00]

/** Whether bytes begin as protobuf bodies of Kubernetes do. */
export function isProtobufEnvelope(body: Uint8Array): boolean {
  return MAGIC.every((byte, index) => body[index] === byte)
}

/** Reads the envelope. Throws ProtobufError. */
export function readEnvelope(body: Uint8Array): Envelope {
  if (!isProtobufEnvelope(body)) throw new ProtobufError('no protobuf envelope')
  let typeMeta = new Uint8Array()
  let raw = new Uint8Array()
  for (const { number, wire } of readFields(body.subarray(MAGIC.length))) {
    if (number === 1) typeMeta = bytesOf(wire)
    else if (number === 2) raw = bytesOf(wire)
    else if (number === 3 && utf8(bytesOf(wire)) !== '')
      throw new ProtobufError('encoded content is not supported')
  }
  let apiVersion = ''
  let kind = ''
  for (const { number, wire } of readFields(typeMeta)) {
    if (number === 1) apiVersion = utf8(bytesOf(wire))
    else if (number === 2) kind = utf8(bytesOf(wire))
  }
  return { apiVersion, kind, raw }
}

function bytesOf(wire: Wire): Uint8Array<ArrayBuffer> {
  if (wire.type !== 'bytes') throw new ProtobufError('proto: wrong wireType')
  return wire.bytes as Uint8Array<ArrayBuffer>
}
