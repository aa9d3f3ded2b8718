// ssl-services: the ALB encrypts to a service, verifies it and presents a client certificate. Strict grammar; what is rejected fails closed.
import type { AnnotationFault, ServiceSettings, SslSetting } from '../../settings.ts'
import { annotation } from '../annotation.ts'

const DEFAULT_DEPTH = 5

interface Rejected {
  readonly fault: string
  /** The service, where the text still names one. */
  readonly service?: string
}
type Entry = { readonly service: string; readonly setting: SslSetting }

function pair(token: string): readonly [string, string] | undefined {
  const parts = token.split('=')
  const [key, value] = parts
  return parts.length === 2 && key !== undefined && value !== undefined ? [key, value] : undefined
}

interface Options {
  readonly name?: string
  readonly depth?: number
}

function readOption(token: string, options: Options): Options | string {
  const [key, value] = pair(token) ?? ['', '']
  if (key === 'proxy-ssl-name' && options.name === undefined && value !== '')
    return { ...options, name: value }
  if (key === 'proxy-ssl-verify-depth' && options.depth === undefined) {
    const depth = Number(value)
    if (/^\d+$/.test(value) && depth >= 1 && depth <= 10) return { ...options, depth }
    return `proxy-ssl-verify-depth must be an integer from 1 to 10, found "${value}"`
  }
  return `expected proxy-ssl-verify-depth=<1..10> or proxy-ssl-name=<name>, each at most once, found "${token}"`
}

function readOptions(tokens: readonly string[]): Options | string {
  let options: Options = {}
  for (const token of tokens) {
    const next = readOption(token, options)
    if (typeof next === 'string') return next
    options = next
  }
  return options
}

/** One entry: `ssl-service=a [ssl-secret=s [proxy-ssl-verify-depth=n] [proxy-ssl-name=h]]`, tokens joined by exactly one space, in this order but for the last two. */
function readEntry(entry: string): Entry | Rejected {
  const named = /ssl-service\s*=\s*([^\s=;]+)/.exec(entry)?.[1]
  const rejected = (fault: string): Rejected => (named === undefined ? { fault } : { fault, service: named })
  const tokens = entry.split(' ')
  const [first = '', second, ...rest] = tokens
  if (entry !== entry.trim()) return rejected('an entry may not begin or end with a space')
  if (tokens.includes('')) return rejected('tokens must be separated by exactly one space')
  if (tokens.length > 4) return rejected(`at most four tokens are allowed, found ${tokens.length}`)
  const service = pair(first)
  if (service?.[0] !== 'ssl-service' || service[1] === '') {
    return rejected(`expected ssl-service=<service> as first token, found "${first}"`)
  }
  if (second === undefined) return { service: service[1], setting: { kind: 'tls', depth: DEFAULT_DEPTH } }
  const secret = pair(second)
  if (secret?.[0] !== 'ssl-secret') {
    return rejected(`expected ssl-secret=<secret> as second token, found "${second}"`)
  }
  const options = readOptions(rest)
  if (typeof options === 'string') return rejected(options)
  return {
    service: service[1],
    setting: {
      kind: 'tls',
      depth: options.depth ?? DEFAULT_DEPTH,
      ...(secret[1] === '' ? {} : { secret: secret[1] }),
      ...(options.name === undefined ? {} : { name: options.name }),
    },
  }
}

function faultOf(entry: string, rejected: Rejected): AnnotationFault {
  const meant = rejected.service === undefined ? 'the services it may mean' : `service ${rejected.service}`
  return {
    message: `entry "${entry}" is rejected: ${rejected.fault}. Requests to ${meant} are answered 503.`,
    advice:
      'Write ssl-service=<service> [ssl-secret=<secret> [proxy-ssl-verify-depth=<1..10>] [proxy-ssl-name=<name>]], one space between tokens, entries joined by ";" without spaces.',
  }
}

export const sslServices = annotation({
  name: 'ssl-services',
  syntax:
    'ssl-service=<service> [ssl-secret=<secret> [proxy-ssl-verify-depth=<1..10>] [proxy-ssl-name=<name>]][;…]',
  doc: 'Encrypts the traffic from the ALB to the service. Without ssl-secret the peer is not verified and no SNI is sent. With a secret holding trusted.crt the peer is verified against it (depth 5 unless given); with client.crt and client.key as well the ALB presents them. proxy-ssl-name is sent as SNI and is the name verified; without it no SNI is sent and the name verified is the subject CN of the first certificate in trusted.crt. An entry that is rejected, and a secret without trusted.crt, make the requests to that service fail with 503: nothing falls back to plain HTTP.',
  read: (text) => {
    const services: { names: readonly string[]; settings: ServiceSettings }[] = []
    const faults: AnnotationFault[] = []
    const failed = new Map<string, string>()
    let sslUnknown: string | undefined
    const entries = text.split(';')
    for (const [index, entry] of entries.entries()) {
      if (entry === '') {
        const last = index === entries.length - 1
        if (!last || entries.length === 1)
          faults.push({ message: 'an empty entry is ignored.', severity: 'warning' })
        continue
      }
      const outcome = readEntry(entry)
      if ('setting' in outcome) {
        services.push({ names: [outcome.service], settings: { ssl: outcome.setting } })
        continue
      }
      const fault = faultOf(entry, outcome)
      faults.push(fault)
      if (outcome.service === undefined) sslUnknown = fault.message
      else failed.set(outcome.service, fault.message)
    }
    for (const [service, message] of failed) {
      services.push({ names: [service], settings: { ssl: { kind: 'rejected', message } } })
    }
    return { services, faults, ...(sslUnknown === undefined ? {} : { ingress: { sslUnknown } }) }
  },
})
