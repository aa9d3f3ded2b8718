// Predicts the decision of authorization policies for one request (Istio's order: DENY, then ALLOW when there is one).
import ipaddr from 'ipaddr.js'
import type { Origin } from '../diagnostics/origin.ts'
import { type Claims, claimAt } from '../ir/jwt.ts'
import type { Attribute, Policy, PolicySet, Predicate } from '../ir/policy.ts'
import { type HeaderValues, matchesAny, matchesClaim, matchesString } from './match.ts'

/** What a proxy knows of a connection and its request. Absent: unknown to it, so identity and request conditions do not match. */
export interface Subject {
  /** SPIFFE id without `spiffe://`. */
  readonly principal?: string
  readonly sni?: string
  readonly sourceIp: string
  readonly remoteIp: string
  readonly destinationIp: string
  readonly destinationPort: number
  readonly method: string
  /** Without query. */
  readonly path: string
  /** As sent, with port. */
  readonly host: string
  readonly headers: HeaderValues
  /** Of the token that was verified. */
  readonly claims?: Claims
}

export interface PolicyDecision {
  readonly allowed: boolean
  /** The policy (and rule) that decided; absent when no policy applies, or when ALLOW policies exist and none matched. */
  readonly by?: { readonly policy: string; readonly rule: number; readonly origin: Origin }
  readonly because: string
  /** The ALLOW policies of which none matched. */
  readonly lacking?: readonly Origin[]
}

function attribute(of: Exclude<Attribute, { of: 'claim' | 'header' }>, subject: Subject): string | undefined {
  const parts = /^([^/]+)\/ns\/([^/]+)\/sa\/(.+)$/.exec(subject.principal ?? '')
  switch (of.of) {
    case 'principal':
      return subject.principal
    case 'trust-domain':
      return parts?.[1]
    case 'namespace':
      return parts?.[2]
    case 'service-account':
      return parts ? `${parts[2]}/${parts[3]}` : undefined
    case 'sni':
      return subject.sni
    case 'method':
      return subject.method
    case 'path':
      return subject.path
    case 'host':
      return subject.host
  }
}

function inCidr(address: string, cidr: string): boolean {
  try {
    const ip = ipaddr.process(address)
    const [base, bits] = cidr.includes('/')
      ? ipaddr.parseCIDR(cidr)
      : [ipaddr.parse(cidr), ipaddr.parse(cidr).kind() === 'ipv4' ? 32 : 128]
    return ip.kind() === base.kind() && ip.match(base, bits)
  } catch {
    return false
  }
}

/** Istio path templates: `{*}` is one segment, `{**}` any number of them. */
export function matchesTemplate(template: string, path: string): boolean {
  const pattern = template
    .split(/(\{\*\*\}|\{\*\})/)
    .map((part) =>
      part === '{**}' ? '.*' : part === '{*}' ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('')
  return new RegExp(`^${pattern}$`).test(path)
}

function matchesAttribute(
  { attribute: of, match }: Extract<Predicate, { kind: 'match' }>,
  subject: Subject,
): boolean {
  if (of.of === 'claim') return matchesClaim(match, claimAt(subject.claims, of.path))
  if (of.of === 'header') return matchesAny(match, subject.headers.valuesOf(of.name.toLowerCase()))
  return matchesString(match, attribute(of, subject))
}

/** The value of a predicate for a subject. */
export function holds(predicate: Predicate, subject: Subject): boolean {
  switch (predicate.kind) {
    case 'all':
      return predicate.of.every((part) => holds(part, subject))
    case 'any':
      return predicate.of.some((part) => holds(part, subject))
    case 'not':
      return !holds(predicate.of, subject)
    case 'match':
      return matchesAttribute(predicate, subject)
    case 'path-template':
      return matchesTemplate(predicate.value, subject.path)
    case 'port':
      return subject.destinationPort === predicate.value
    case 'cidr': {
      const address = {
        'source.ip': subject.sourceIp,
        'remote.ip': subject.remoteIp,
        'destination.ip': subject.destinationIp,
      }
      return inCidr(address[predicate.attribute], predicate.value)
    }
  }
}

const matchingRule = (policy: Policy, subject: Subject): number =>
  policy.rules.findIndex((rule) => holds(rule.principals, subject) && holds(rule.permissions, subject))

/** The decision of a set of policies. Dry-run and AUDIT policies never decide. */
export function decide(policies: PolicySet, subject: Subject): PolicyDecision {
  const enforced = policies.filter(({ dryRun }) => !dryRun)
  for (const [action, allowed] of [
    ['deny', false],
    ['allow', true],
  ] as const) {
    const candidates = enforced.filter((policy) => policy.action === action)
    for (const policy of candidates) {
      const rule = matchingRule(policy, subject)
      if (rule >= 0)
        return {
          allowed,
          by: { policy: policy.name, rule, origin: policy.rules[rule]?.origin ?? policy.origin },
          because: `${action.toUpperCase()} rule ${rule} of ${policy.name} matches`,
        }
    }
    if (action === 'allow' && candidates.length > 0)
      return {
        allowed: false,
        because: `no rule of the ALLOW policies matches (${candidates.map(({ name }) => name).join(', ')})`,
        lacking: candidates.map(({ origin }) => origin),
      }
  }
  return {
    allowed: true,
    because:
      enforced.length === 0 ? 'no policy applies' : 'no DENY rule matches and there is no ALLOW policy',
  }
}
