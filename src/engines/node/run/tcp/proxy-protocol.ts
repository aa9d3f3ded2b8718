// The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): who the client of a relayed connection is.
import { isIPv4, isIPv6 } from 'node:net'

export interface ProxyHeader {
  /** Absent for LOCAL and UNKNOWN: the connection speaks for itself. */
  readonly source?: { readonly address: string; readonly port: number }
  readonly destination?: { readonly address: string; readonly port: number }
  /** Bytes that the header took. */
  readonly length: number
}

const SIGNATURE_V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
const MAX_V1 = 107
const MAX_V2 = 16 + 4096

/** Reads a header from the start of a connection; `more`: not all of it is here, `invalid`: there is none. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'more' | 'invalid' {
  const start = bytes.subarray(0, SIGNATURE_V2.length)
  if (start.equals(SIGNATURE_V2.subarray(0, start.length))) {
    return start.length < SIGNATURE_V2.length ? 'more' : readV2(bytes)
  }
  const text = bytes.toString('latin1', 0, MAX_V1)
  if (!text.startsWith('PROXY '.slice(0, text.length))) return 'invalid'
  const end = text.indexOf('\r\n')
  if (end < 0) return bytes.length >= MAX_V1 ? 'invalid' : 'more'
  return readV1(text.slice(0, end), end + 2)
}

function readV1(line: string, length: number): ProxyHeader | 'invalid' {
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...rest] =
    line.split(' ')
  if (family === 'UNKNOWN') return { length }
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined
  if (isAddress === undefined || rest.length > 0 || !isAddress(source) || !isAddress(destination))
    return 'invalid'
  if (!isPort(sourcePort) || !isPort(destinationPort)) return 'invalid'
  return {
    length,
    source: { address: source, port: Number(sourcePort) },
    destination: { address: destination, port: Number(destinationPort) },
  }
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

function readV2(bytes: Buffer): ProxyHeader | 'more' | 'invalid' {
  if (bytes.length < 16) return 'more'
  const versionAndCommand = bytes[12] as number
  const family = bytes[13] as number
  const length = 16 + bytes.readUInt16BE(14)
  if (versionAndCommand >> 4 !== 2 || length > MAX_V2) return 'invalid'
  if (bytes.length < length) return 'more'
  const command = versionAndCommand & 0xf
  if (command === 0) return { length }
  if (command !== 1) return 'invalid'
  if (family === 0x11) {
    if (length < 28) return 'invalid'
    return addresses(length, ipv4(bytes, 16), ipv4(bytes, 20), bytes, 24)
  }
  if (family === 0x21) {
    if (length < 52) return 'invalid'
    return addresses(length, ipv6(bytes, 16), ipv6(bytes, 32), bytes, 48)
  }
  return { length }
}

function addresses(
  length: number,
  source: string,
  destination: string,
  bytes: Buffer,
  ports: number,
): ProxyHeader {
  return {
    length,
    source: { address: source, port: bytes.readUInt16BE(ports) },
    destination: { address: destination, port: bytes.readUInt16BE(ports + 2) },
  }
}

function ipv4(bytes: Buffer, at: number): string {
  return bytes.subarray(at, at + 4).join('.')
}

function ipv6(bytes: Buffer, at: number): string {
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push(bytes.readUInt16BE(at + i).toString(16))
  return groups.join(':')
}

/** Writes a header for a relayed connection; addresses of two families, or none, are written as unknown. */
export function writeProxyHeader(
  version: 'v1' | 'v2',
  source: { readonly address: string; readonly port: number },
  destination: { readonly address: string; readonly port: number },
): Buffer {
  const four = isIPv4(source.address) && isIPv4(destination.address)
  const six = isIPv6(source.address) && isIPv6(destination.address)
  if (version === 'v1') {
    const line =
      four || six
        ? `PROXY TCP${four ? 4 : 6} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`
        : 'PROXY UNKNOWN\r\n'
    return Buffer.from(line, 'latin1')
  }
  const body =
    four || six
      ? [
          bytesOf(source.address),
          bytesOf(destination.address),
          portBytes(source.port),
          portBytes(destination.port),
        ]
      : []
  const payload = Buffer.concat(body)
  const head = Buffer.from([
    four || six ? 0x21 : 0x20,
    four ? 0x11 : six ? 0x21 : 0,
    payload.length >> 8,
    payload.length & 0xff,
  ])
  return Buffer.concat([SIGNATURE_V2, head, payload])
}

function portBytes(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff])
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (text: string): number[] =>
    text === ''
      ? []
      : text
          .split(':')
          .flatMap((group) => (group.includes('.') ? mapped(group) : [Number.parseInt(group, 16)]))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const middle = Array.from({ length: 8 - left.length - right.length }, () => 0)
  return Buffer.concat([...left, ...middle, ...right].map(portBytes))
}

function mapped(dotted: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}
