// Policy predicates to functions over a connection and, on HTTP, a request.
import ipaddr from 'ipaddr.js'
import type { Attribute, Predicate } from '../../../ir/policy.ts'
import { claimTest } from './claim-test.ts'
import type { PeerView, RequestView } from './request-view.ts'
import { anyLine } from './route-match.ts'
import { stringTest } from './string-match.ts'

export type PredicateTest = (peer: PeerView, request: RequestView | undefined) => boolean

/** Compiles a predicate. An attribute that is not there matches nothing, so `not` of it holds. Throws on a malformed block of addresses. */
export function predicateTest(predicate: Predicate): PredicateTest {
  switch (predicate.kind) {
    case 'all': {
      const tests = predicate.of.map(predicateTest)
      return (peer, request) => tests.every((test) => test(peer, request))
    }
    case 'any': {
      const tests = predicate.of.map(predicateTest)
      return (peer, request) => tests.some((test) => test(peer, request))
    }
    case 'not': {
      const test = predicateTest(predicate.of)
      return (peer, request) => !test(peer, request)
    }
    case 'match': {
      const { attribute, match } = predicate
      if (attribute.of === 'claim') {
        const holds = claimTest(attribute.path, match)
        return (_peer, request) => holds(request?.claims)
      }
      const test = stringTest(match)
      if (attribute.of === 'header') {
        const { name } = attribute
        return (_peer, request) => {
          const value = request?.header(name)
          return request !== undefined && value !== undefined && anyLine(request, name, value, test)
        }
      }
      const read = reader(attribute)
      return (peer, request) => {
        const value = read(peer, request)
        return value !== undefined && test(value)
      }
    }
    case 'path-template': {
      const test = templateTest(predicate.value)
      return (_peer, request) => request !== undefined && test(request.path)
    }
    case 'cidr': {
      const test = cidrTest(predicate.value)
      const of = predicate.attribute
      return (peer) =>
        test(
          of === 'source.ip'
            ? peer.sourceAddress
            : of === 'remote.ip'
              ? peer.clientAddress
              : peer.destinationAddress,
        )
    }
    case 'port':
      return (peer) => peer.destinationPort === predicate.value
  }
}

function reader(
  attribute: Exclude<Attribute, { readonly of: 'claim' | 'header' }>,
): (peer: PeerView, request: RequestView | undefined) => string | undefined {
  switch (attribute.of) {
    case 'principal':
      return (peer) => peer.principal
    case 'namespace':
      return (peer) => spiffePart(peer.principal, '/ns/', '/sa/')
    case 'service-account':
      return (peer) => serviceAccount(peer.principal)
    case 'trust-domain':
      return (peer) => peer.principal?.slice(0, Math.max(0, peer.principal.indexOf('/')))
    case 'sni':
      return (peer) => peer.sni
    case 'method':
      return (_peer, request) => request?.method
    case 'path':
      return (_peer, request) => request?.path
    case 'host':
      return (_peer, request) => request?.authority
  }
}

function spiffePart(principal: string | undefined, before: string, after: string): string | undefined {
  if (principal === undefined) return undefined
  const start = principal.indexOf(before)
  if (start < 0) return undefined
  const end = principal.indexOf(after, start + before.length)
  return end < 0 ? undefined : principal.slice(start + before.length, end)
}

/** `<namespace>/<account>`, the form in which Istio compares service accounts. */
function serviceAccount(principal: string | undefined): string | undefined {
  const namespace = spiffePart(principal, '/ns/', '/sa/')
  if (principal === undefined || namespace === undefined) return undefined
  return `${namespace}/${principal.slice(principal.indexOf('/sa/') + 4)}`
}

/** Tests an address against a block `10.0.0.0/8` or a single address; throws when it is neither. An IPv4-mapped peer counts as IPv4. */
export function cidrTest(block: string): (address: string) => boolean {
  const [network, bits] = block.includes('/')
    ? ipaddr.parseCIDR(block)
    : [ipaddr.parse(block), ipaddr.parse(block).kind() === 'ipv4' ? 32 : 128]
  return (address) => {
    if (!ipaddr.isValid(address)) return false
    const parsed = ipaddr.process(address)
    return parsed.kind() === network.kind() && parsed.match(network, bits as number)
  }
}

/** Tests a path against an Istio template: `{*}` is one segment, `{**}` any number of them (and the last operator). */
export function templateTest(template: string): (path: string) => boolean {
  const wanted = template.split('/')
  return (path) => matchSegments(wanted, 0, path.split('/'), 0)
}

function matchSegments(wanted: readonly string[], w: number, given: readonly string[], g: number): boolean {
  if (w === wanted.length) return g === given.length
  const segment = wanted[w] as string
  if (segment === '{**}') {
    for (let next = g; next <= given.length; next++) {
      if (matchSegments(wanted, w + 1, given, next)) return true
    }
    return false
  }
  if (g === given.length) return false
  const matches = segment === '{*}' ? given[g] !== '' : segment === given[g]
  return matches && matchSegments(wanted, w + 1, given, g + 1)
}
