// Header names that a proxy itself reads or writes, as small numbers, so that the hot path compares integers instead of strings.
import type { ProxyHeader } from '../../../../../ir/proxy-headers.ts'

/** Ids of known header names; `other` is any name not listed, `envoy` every `x-envoy-*` name. */
export const Known = {
  other: 0,
  host: 1,
  connection: 2,
  contentLength: 3,
  transferEncoding: 4,
  te: 5,
  trailer: 6,
  upgrade: 7,
  keepAlive: 8,
  proxyConnection: 9,
  expect: 10,
  forwardedFor: 11,
  forwardedProto: 12,
  forwardedHost: 13,
  forwardedPort: 14,
  realIp: 15,
  requestId: 16,
  clientCert: 17,
  server: 18,
  date: 19,
  http2Settings: 20,
  envoy: 21,
  sallyportReason: 22,
  transactionId: 23,
  proxyAuthorization: 24,
  grpcStatus: 25,
} as const
export type KnownId = (typeof Known)[keyof typeof Known]

const IDS: Readonly<Record<ProxyHeader, KnownId>> = {
  host: Known.host,
  connection: Known.connection,
  'content-length': Known.contentLength,
  'transfer-encoding': Known.transferEncoding,
  te: Known.te,
  trailer: Known.trailer,
  upgrade: Known.upgrade,
  'keep-alive': Known.keepAlive,
  'proxy-connection': Known.proxyConnection,
  expect: Known.expect,
  'x-forwarded-for': Known.forwardedFor,
  'x-forwarded-proto': Known.forwardedProto,
  'x-forwarded-host': Known.forwardedHost,
  'x-forwarded-port': Known.forwardedPort,
  'x-real-ip': Known.realIp,
  'x-request-id': Known.requestId,
  'x-forwarded-client-cert': Known.clientCert,
  server: Known.server,
  date: Known.date,
  'http2-settings': Known.http2Settings,
  'x-sallyport-reason': Known.sallyportReason,
  'x-global-k8fdic-transaction-id': Known.transactionId,
  'proxy-authorization': Known.proxyAuthorization,
  'grpc-status': Known.grpcStatus,
}

const byName = new Map<string, KnownId>(Object.entries(IDS))

/** The id of a lower-case header name. */
export function knownId(name: string): KnownId {
  return byName.get(name) ?? (name.startsWith('x-envoy-') ? Known.envoy : Known.other)
}

const leads: string[] = []
for (const [name, id] of byName) leads[id] = `\r\n${name}: `

/** What stands before the value of a field that follows another line. */
export function leadOf(id: KnownId, name: string): string {
  return leads[id] ?? `\r\n${name}: `
}

/** The bit of an id in a set of ids. */
export function bit(id: KnownId): number {
  return 1 << id
}

/** Fields that belong to one connection (RFC 9110 section 7.6.1) and never cross a proxy. `te` and `upgrade` have rules of their own. */
export const HOP_BY_HOP =
  bit(Known.connection) |
  bit(Known.keepAlive) |
  bit(Known.proxyConnection) |
  bit(Known.transferEncoding) |
  bit(Known.upgrade) |
  bit(Known.te) |
  bit(Known.http2Settings)

// A hash table over the bytes of a name: slot = hash & MASK, where `hashStep` folds one lower-case byte. Collisions are chained by probing.
const SIZE = 512
const MASK = SIZE - 1
const slots = new Uint8Array(SIZE)
const spellings: Uint8Array[] = []

/** Folds one byte into the running hash of a name that starts at 0. */
export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0
}

for (const [name, id] of byName) {
  const bytes = Buffer.from(name, 'latin1')
  let hash = 0
  for (const byte of bytes) hash = hashStep(hash, byte)
  let slot = hash & MASK
  while (slots[slot] !== 0) slot = (slot + 1) & MASK
  slots[slot] = id
  spellings[id] = bytes
}

const X_ENVOY = Buffer.from('x-envoy-', 'latin1')

function spells(name: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}

/** The id of the lower-case name at bytes[start, end), whose folded hash is `hash`. */
export function knownIdOfBytes(hash: number, bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  let slot = hash & MASK
  for (;;) {
    const id = slots[slot] as number
    if (id === 0) break
    const name = spellings[id] as Uint8Array
    if (name.length === length && spells(name, bytes, start, length)) return id
    slot = (slot + 1) & MASK
  }
  // 120 is `x`, 101 is `e`: x-envoy-*.
  if (bytes[start] === 120 && bytes[start + 2] === 101 && length > 8 && spells(X_ENVOY, bytes, start, 8)) {
    return Known.envoy
  }
  return Known.other
}
