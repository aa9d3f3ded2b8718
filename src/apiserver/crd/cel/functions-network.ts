// The url, ip and cidr libraries of Kubernetes.
import { isIP } from 'node:net'
import type { Environment } from '@marcbachmann/cel-js'
import ipaddr from 'ipaddr.js'

/** Kept as written: a URL of JavaScript drops default ports. */
class Url {
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  constructor(text: string) {
    const parts =
      /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:[^/?#@]*@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?/.exec(text)
    const [, scheme = '', host = '', path = '', query = ''] = parts ?? []
    this.scheme = scheme.toLowerCase()
    this.host = host
    this.path = path
    this.query = query
  }
}
class Ip {
  readonly text: string
  readonly address: ipaddr.IPv4 | ipaddr.IPv6
  constructor(text: string) {
    // zones and IPv4 in IPv6 are refused, as upstream
    if (isIP(text) === 0 || text.includes('%') || (text.includes(':') && text.includes('.'))) {
      throw new Error(`IP Address "${text}" parse error during conversion from string`)
    }
    this.text = text
    this.address = ipaddr.parse(text)
  }
}
class Cidr {
  readonly text: string
  readonly ip: Ip
  readonly bits: number
  constructor(text: string) {
    const slash = text.lastIndexOf('/')
    const bits = text.slice(slash + 1)
    this.text = text
    this.ip = new Ip(slash < 0 ? '' : text.slice(0, slash))
    this.bits = Number(bits)
    if (!/^\d{1,3}$/.test(bits) || this.bits > (this.ip.address.kind() === 'ipv4' ? 32 : 128)) {
      throw new Error(`network address parse error during conversion from string: "${text}"`)
    }
  }
}

/** Adds url, isURL, ip, isIP, cidr, isCIDR and their methods. */
export function registerNetwork(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler as (...args: unknown[]) => unknown)
  }
  environment.registerType('kubernetes.URL', Url)
  environment.registerType('net.IP', Ip)
  environment.registerType('net.CIDR', Cidr)

  add('url(string): kubernetes.URL', (text: string) => parseUrl(text))
  add('isURL(string): bool', (text: string) => succeeds(() => parseUrl(text)))
  add('kubernetes.URL.getScheme(): string', ({ scheme }: Url) => scheme)
  add('kubernetes.URL.getHost(): string', ({ host }: Url) => host)
  add('kubernetes.URL.getHostname(): string', ({ host }: Url) =>
    host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'),
  )
  add('kubernetes.URL.getPort(): string', ({ host }: Url) => /:(\d*)$/.exec(host)?.[1] ?? '')
  add('kubernetes.URL.getEscapedPath(): string', ({ path }: Url) => path)
  add('kubernetes.URL.getQuery(): map<string, list<string>>', ({ query }: Url) => {
    const parameters = new URLSearchParams(query)
    return Object.fromEntries([...parameters.keys()].map((key) => [key, parameters.getAll(key)]))
  })

  add('ip(string): net.IP', (text: string) => new Ip(text))
  add('isIP(string): bool', (text: string) => succeeds(() => new Ip(text)))
  add('string(net.IP): string', ({ address }: Ip) => address.toString())
  add('net.IP.family(): int', ({ address }: Ip) => (address.kind() === 'ipv4' ? 4n : 6n))
  const ranges = { isLoopback: 'loopback', isUnspecified: 'unspecified', isLinkLocalUnicast: 'linkLocal' }
  for (const [name, range] of Object.entries(ranges)) {
    add(`net.IP.${name}(): bool`, ({ address }: Ip) => address.range() === range)
  }
  add('net.IP.isLinkLocalMulticast(): bool', ({ text }: Ip) => /^(224\.0\.0\.|ff02:)/i.test(text))
  add('net.IP.isGlobalUnicast(): bool', ({ address }: Ip) =>
    ['unicast', 'private', 'uniqueLocal', 'carrierGradeNat', 'reserved'].includes(address.range()),
  )

  add('cidr(string): net.CIDR', (text: string) => new Cidr(text))
  add('isCIDR(string): bool', (text: string) => succeeds(() => new Cidr(text)))
  add('string(net.CIDR): string', ({ text }: Cidr) => text)
  add('net.CIDR.containsIP(string): bool', (cidr: Cidr, text: string) => contains(cidr, new Ip(text)))
  add('net.CIDR.containsIP(net.IP): bool', contains)
  add('net.CIDR.containsCIDR(string): bool', (cidr: Cidr, text: string) => containsCidr(cidr, new Cidr(text)))
  add('net.CIDR.containsCIDR(net.CIDR): bool', containsCidr)
  add('net.CIDR.ip(): net.IP', ({ ip }: Cidr) => ip)
  add('net.CIDR.prefixLength(): int', ({ bits }: Cidr) => BigInt(bits))
  add('net.CIDR.masked(): net.CIDR', ({ text, ip, bits }: Cidr) => {
    const network = ip.address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
    return new Cidr(`${network.networkAddressFromCIDR(text).toString()}/${bits}`)
  })
}

/** An absolute URL or an absolute path (Go's url.ParseRequestURI). */
function parseUrl(text: string): Url {
  const wrong = (): Error =>
    new Error(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    )
  if (/\s/.test(text)) throw wrong()
  if (!text.startsWith('/') && !(/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text))) throw wrong()
  return new Url(text)
}

function succeeds(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

function contains(cidr: Cidr, { address }: Ip): boolean {
  return address.kind() === cidr.ip.address.kind() && address.match(cidr.ip.address, cidr.bits)
}

const containsCidr = (cidr: Cidr, other: Cidr): boolean => other.bits >= cidr.bits && contains(cidr, other.ip)
