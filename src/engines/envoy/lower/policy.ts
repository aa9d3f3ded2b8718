// Authorization policies as Envoy RBAC. What Envoy cannot say on one side of a rule makes the rule fail closed, with the reason.

import type { StringMatch } from '../../../ir/match.ts'
import type { Attribute, Policy, PolicySet, Predicate } from '../../../ir/policy.ts'
import { claimMatcher } from './claims.ts'
import type { Message } from './proto.ts'
import { stringMatcher } from './string-matcher.ts'

type Side = 'permission' | 'principal'

const words = {
  permission: { all: 'and_rules', any: 'or_rules', list: 'rules', not: 'not_rule' },
  principal: { all: 'and_ids', any: 'or_ids', list: 'ids', not: 'not_id' },
} as const

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A pattern over one part of `spiffe://<domain>/ns/<namespace>/sa/<account>`. */
function part(match: StringMatch, one = '[^/]+'): string {
  if (match.kind === 'present') return one
  if (match.kind === 'regex') return `(?:${match.value})`
  const value = escape(match.value)
  if (match.kind === 'prefix') return `${value}${one.replace('+', '*')}`
  return match.kind === 'suffix' ? `${one.replace('+', '*')}${value}` : value
}

function identity(attribute: Attribute['of'], match: StringMatch): Message {
  const exact = attribute === 'principal' && (match.kind === 'exact' || match.kind === 'prefix')
  if (exact) return { authenticated: { principal_name: { [match.kind]: `spiffe://${match.value}` } } }
  const pattern = {
    principal: `spiffe://${part(match, '.+')}`,
    'trust-domain': `spiffe://${part(match)}/.*`,
    namespace: `spiffe://[^/]+/ns/${part(match)}/.*`,
    'service-account': serviceAccount(match),
  }[attribute as 'principal']
  return { authenticated: { principal_name: { safe_regex: { regex: pattern } } } }
}

/** The value is `namespace/account`. */
function serviceAccount(match: StringMatch): string {
  const value = match.kind === 'exact' ? match.value : ''
  const slash = value.indexOf('/')
  return `spiffe://[^/]+/ns/${escape(value.slice(0, slash))}/sa/${escape(value.slice(slash + 1))}`
}

function attributeMatch(side: Side, attribute: Attribute, match: StringMatch): Message {
  switch (attribute.of) {
    case 'principal':
    case 'namespace':
    case 'service-account':
    case 'trust-domain':
      if (side === 'permission') throw new Unlowerable(`${attribute.of} as an operation`)
      return identity(attribute.of, match)
    case 'sni':
      if (side === 'principal') throw new Unlowerable('connection.sni as a source')
      return { requested_server_name: stringMatcher(match) }
    case 'path':
      return { url_path: { path: stringMatcher(match) } }
    case 'method':
      return { header: { name: ':method', string_match: stringMatcher(match) } }
    case 'host':
      return { header: { name: ':authority', string_match: stringMatcher(match) } }
    case 'claim':
      return { metadata: claimMatcher(attribute.path, match) }
    case 'header':
      return {
        header:
          match.kind === 'present'
            ? { name: attribute.name, present_match: true }
            : { name: attribute.name, string_match: stringMatcher(match) },
      }
  }
}

function cidr(value: string): Message {
  const [address = value, bits] = value.split('/')
  return {
    address_prefix: address,
    prefix_len: bits === undefined ? (address.includes(':') ? 128 : 32) : Number(bits),
  }
}

class Unlowerable extends Error {}

function lower(side: Side, predicate: Predicate): Message {
  const word = words[side]
  switch (predicate.kind) {
    case 'all':
      return predicate.of.length === 0
        ? { any: true }
        : { [word.all]: { [word.list]: predicate.of.map((part) => lower(side, part)) } }
    case 'any':
      return predicate.of.length === 0
        ? { [word.not]: { any: true } }
        : { [word.any]: { [word.list]: predicate.of.map((part) => lower(side, part)) } }
    case 'not':
      return { [word.not]: lower(side, predicate.of) }
    case 'match':
      return attributeMatch(side, predicate.attribute, predicate.match)
    case 'path-template': {
      const pattern = predicate.value
        .split(/(\{\*\*\}|\{\*\})/)
        .map((text) => (text === '{**}' ? '.*' : text === '{*}' ? '[^/]+' : escape(text)))
      return { url_path: { path: { safe_regex: { regex: pattern.join('') } } } }
    }
    case 'port':
      if (side === 'principal') throw new Unlowerable('destination.port as a source')
      return { destination_port: predicate.value }
    case 'cidr':
      if ((predicate.attribute === 'destination.ip') === (side === 'principal'))
        throw new Unlowerable(
          `${predicate.attribute} as ${side === 'principal' ? 'a source' : 'an operation'}`,
        )
      return {
        [{ 'source.ip': 'direct_remote_ip', 'remote.ip': 'remote_ip', 'destination.ip': 'destination_ip' }[
          predicate.attribute
        ]]: cidr(predicate.value),
      }
  }
}

/** RBAC policies by name; `prefix` comes before each. */
export function lowerPolicies(policies: readonly Policy[], prefix = ''): Message {
  const entries = policies.flatMap((policy) =>
    policy.rules.map(
      (rule, index) =>
        [
          `${prefix}${policy.name}-rule[${index}]`,
          lowerRule(policy, rule.permissions, rule.principals),
        ] as const,
    ),
  )
  return Object.fromEntries(entries)
}

/** A rule that cannot be said matches everything when it denies or has checked, and nothing when it allows. */
function lowerRule(policy: Policy, permissions: Predicate, principals: Predicate): Message {
  try {
    return { permissions: [lower('permission', permissions)], principals: [lower('principal', principals)] }
  } catch (error) {
    if (!(error instanceof Unlowerable)) throw error
    const closed = policy.action !== 'allow' ? { any: true } : { not_rule: { any: true } }
    return { permissions: [closed], principals: [{ any: true }] }
  }
}

/** The RBAC messages for a set: DENY first, then ALLOW when there is an ALLOW policy. Dry-run policies become shadow rules. */
export function lowerPolicySet(policies: PolicySet): { readonly deny?: Message; readonly allow?: Message } {
  const rbac = (action: 'deny' | 'allow'): Message | undefined => {
    const all = policies.filter((policy) => policy.action === action)
    const enforced = all.filter(({ dryRun }) => !dryRun)
    const shadow = all.filter(({ dryRun }) => dryRun)
    if (all.length === 0) return undefined
    const rules = (set: readonly Policy[]): Message => ({
      action: action.toUpperCase(),
      policies: lowerPolicies(set),
    })
    return {
      ...(enforced.length > 0 ? { rules: rules(enforced) } : {}),
      ...(shadow.length > 0 ? { shadow_rules: rules(shadow) } : {}),
    }
  }
  const deny = rbac('deny')
  const allow = rbac('allow')
  return { ...(deny ? { deny } : {}), ...(allow ? { allow } : {}) }
}
