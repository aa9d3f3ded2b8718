// The TLS inspector: what a client says before anything is answered (RFC 8446 section 4.1.2), read from the first bytes of a connection.

export type Inspection =
  | { readonly kind: 'more' }
  | { readonly kind: 'plaintext' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'tls'; readonly serverName?: string; readonly alpn: readonly string[] }

const MORE: Inspection = { kind: 'more' }
const PLAINTEXT: Inspection = { kind: 'plaintext' }
const INVALID: Inspection = { kind: 'invalid' }

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const EXTENSION_SERVER_NAME = 0
const EXTENSION_ALPN = 16
/** Longest ClientHello that is read: post-quantum key shares make them long, not this long. */
export const MAX_HELLO = 64 * 1024

/** Reads the ClientHello at the start of `bytes`, across record boundaries. */
export function inspectClientHello(bytes: Buffer): Inspection {
  if (bytes.length === 0) return MORE
  if (bytes[0] !== HANDSHAKE) return PLAINTEXT
  if (bytes.length >= 2 && bytes[1] !== 3) return PLAINTEXT
  if (bytes.length < 9) return MORE
  const message = handshakeMessage(bytes)
  if (message === undefined) return bytes.length > MAX_HELLO ? INVALID : MORE
  if (message === 'invalid') return INVALID
  return readHello(message) ?? INVALID
}

/** The first handshake message, its records joined; undefined: not all there yet. */
function handshakeMessage(bytes: Buffer): Buffer | 'invalid' | undefined {
  const pieces: Buffer[] = []
  let have = 0
  let wanted = -1
  let at = 0
  while (wanted < 0 || have < wanted) {
    if (bytes.length < at + 5) return undefined
    if (bytes[at] !== HANDSHAKE) return 'invalid'
    const length = bytes.readUInt16BE(at + 3)
    if (length === 0) return 'invalid'
    const piece = bytes.subarray(at + 5, at + 5 + length)
    pieces.push(piece)
    have += piece.length
    if (wanted < 0 && have >= 4) {
      const head = Buffer.concat(pieces)
      if (head[0] !== CLIENT_HELLO) return 'invalid'
      wanted = 4 + head.readUIntBE(1, 3)
      if (wanted > MAX_HELLO) return 'invalid'
    }
    if (piece.length < length && (wanted < 0 || have < wanted)) return undefined
    at += 5 + length
  }
  return (pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)).subarray(4, wanted)
}

function readHello(hello: Buffer): Inspection | undefined {
  // legacy_version, random
  let at = 34
  const skip = (lengthBytes: number): boolean => {
    if (hello.length < at + lengthBytes) return false
    at += lengthBytes + hello.readUIntBE(at, lengthBytes)
    return at <= hello.length
  }
  // session id, cipher suites, compression methods
  if (!skip(1) || !skip(2) || !skip(1)) return undefined
  let serverName: string | undefined
  let alpn: readonly string[] = []
  if (hello.length >= at + 2) {
    const end = at + 2 + hello.readUInt16BE(at)
    if (end > hello.length) return undefined
    at += 2
    while (at + 4 <= end) {
      const type = hello.readUInt16BE(at)
      const length = hello.readUInt16BE(at + 2)
      at += 4
      if (at + length > end) return undefined
      const body = hello.subarray(at, at + length)
      if (type === EXTENSION_SERVER_NAME) serverName = readServerName(body)
      else if (type === EXTENSION_ALPN) alpn = readAlpn(body)
      at += length
    }
  }
  return serverName === undefined ? { kind: 'tls', alpn } : { kind: 'tls', serverName, alpn }
}

/** RFC 6066 section 3: the one name of type host_name. */
function readServerName(body: Buffer): string | undefined {
  if (body.length < 5 || body[2] !== 0) return undefined
  const length = body.readUInt16BE(3)
  if (length === 0 || 5 + length > body.length) return undefined
  const name = body.toString('latin1', 5, 5 + length).toLowerCase()
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/** RFC 7301 section 3.1. */
function readAlpn(body: Buffer): string[] {
  const names: string[] = []
  let at = 2
  while (at < body.length) {
    const length = body[at] as number
    if (length === 0 || at + 1 + length > body.length) break
    names.push(body.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return names
}
