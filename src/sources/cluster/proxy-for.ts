// The proxy that the environment names for a server, as kubectl takes it: HTTPS_PROXY or HTTP_PROXY unless NO_PROXY names the host.
import { BlockList, isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

const either = (env: Environment, name: string): string | undefined =>
  env[name] || env[name.toLowerCase()] || undefined

/** The proxy's URL; undefined: none. Loopback is never behind one. */
export function proxyFor(server: string, env: Environment): string | undefined {
  const { protocol, hostname } = new URL(server)
  if (hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]') return undefined
  const excluded = (either(env, 'NO_PROXY') ?? '').split(',').map((name) => name.trim().toLowerCase())
  if (excluded.some((name) => name === '*' || (name !== '' && isWithin(hostname, name)))) return undefined
  return either(env, protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
}

/** A name stands for itself and all below it, with or without the leading dot; addresses may be a range. */
function isWithin(host: string, name: string): boolean {
  const [base = '', bits] = name.split('/')
  if (bits !== undefined && isIP(host) === 4 && isIP(base) === 4) {
    const range = new BlockList()
    range.addSubnet(base, Number(bits))
    return range.check(host)
  }
  const bare = name.replace(/^\*?\./, '').replace(/:\d+$/, '')
  return host === bare || host.endsWith(`.${bare}`)
}
