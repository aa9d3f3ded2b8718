// One AuthorizationPolicy rule as predicates: from and the `when` keys about the caller, to and the other `when` keys.
import type { Origin } from '../../diagnostics/origin.ts'
import type { StringMatch } from '../../ir/match.ts'
import type { AddressAttribute, Attribute, PolicyRule, Predicate } from '../../ir/policy.ts'
import type {
  AuthorizationCondition,
  AuthorizationOperation,
  AuthorizationRule,
  AuthorizationSource,
} from '../../resources/authorization-policy.ts'

type Values = readonly string[] | undefined

const all = (of: readonly Predicate[]): Predicate => {
  const [only] = of
  return only !== undefined && of.length === 1 ? only : { kind: 'all', of }
}
const any = (of: readonly Predicate[]): Predicate => {
  const [only] = of
  return only !== undefined && of.length === 1 ? only : { kind: 'any', of }
}

/** Istio's string forms: `*` present, `abc*` prefix, `*abc` suffix, else exact. */
function textMatch(value: string, ignoreCase = false): StringMatch {
  const fold = ignoreCase ? { ignoreCase: true } : {}
  if (value === '*') return { kind: 'present' }
  if (value.endsWith('*')) return { kind: 'prefix', value: value.slice(0, -1), ...fold }
  if (value.startsWith('*')) return { kind: 'suffix', value: value.slice(1), ...fold }
  return { kind: 'exact', value, ...fold }
}

const attribute =
  (of: Attribute, ignoreCase = false) =>
  (value: string): Predicate => ({ kind: 'match', attribute: of, match: textMatch(value, ignoreCase) })
const address =
  (of: AddressAttribute) =>
  (value: string): Predicate => ({ kind: 'cidr', attribute: of, value })
const port = (value: string): Predicate => ({ kind: 'port', value: Number(value) })
const path = (value: string): Predicate =>
  value.includes('{*}') || value.includes('{**}')
    ? { kind: 'path-template', value }
    : { kind: 'match', attribute: { of: 'path' }, match: textMatch(value) }

const absent = (values: Values): boolean => values === undefined || values.length === 0

/** One of the values holds, and none of the negated ones. An absent or empty list says nothing. */
function field(values: Values, negated: Values, make: (value: string) => Predicate): readonly Predicate[] {
  return [
    ...(absent(values) ? [] : [any((values ?? []).map(make))]),
    ...(absent(negated) ? [] : [{ kind: 'not' as const, of: any((negated ?? []).map(make)) }]),
  ]
}

/** `ns/sa`, or `sa` in the policy's namespace, as the principal's path. */
const account =
  (namespace: string) =>
  (value: string): Predicate => {
    const full = value.includes('/') ? value : `${namespace}/${value}`
    return { kind: 'match', attribute: { of: 'service-account' }, match: { kind: 'exact', value: full } }
  }

const claim =
  (...path: readonly string[]) =>
  (match: StringMatch): Predicate => ({ kind: 'match', attribute: { of: 'claim', path }, match })
const issuer = claim('iss')
const subject = claim('sub')
const anyText: StringMatch = { kind: 'regex', value: '.+' }
const present = (value: string): StringMatch => (value === '*' ? anyText : textMatch(value))

const exact = (value: string): StringMatch => ({ kind: 'exact', value })

/** `iss/sub`, cut at the last slash; `*` counts at the very start or the very end, as in Istio. */
function requestPrincipal(value: string): Predicate {
  const slash = value.lastIndexOf('/')
  const [iss, sub] = slash < 0 ? [value, ''] : [value.slice(0, slash), value.slice(slash + 1)]
  if (value === '*') return all([issuer(anyText), subject(anyText)])
  if (value.startsWith('*'))
    return slash < 0
      ? all([issuer(anyText), subject(textMatch(value))])
      : all([issuer(present(iss)), subject(exact(sub))])
  if (value.endsWith('*'))
    return slash < 0
      ? all([issuer(textMatch(value)), subject(anyText)])
      : all([issuer(exact(iss)), subject(present(sub))])
  return all([issuer(exact(iss)), subject(exact(sub))])
}

/** `request.auth.claims[a][b]` as the path a, b. */
function claimPath(key: string): readonly string[] | undefined {
  const brackets = /^request\.auth\.claims((?:\[[^\]]+\])+)$/.exec(key)?.[1]
  return brackets === undefined ? undefined : brackets.slice(1, -1).split('][')
}

/** The reader of a `request.auth` key, or undefined for a key that there is not. */
export function tokenCondition(key: string): ((value: string) => Predicate) | undefined {
  if (key === 'request.auth.principal') return requestPrincipal
  const path =
    key === 'request.auth.audiences' ? ['aud'] : key === 'request.auth.presenter' ? ['azp'] : claimPath(key)
  return path === undefined ? undefined : (value) => claim(...path)(present(value))
}

function source(from: AuthorizationSource, namespace: string): Predicate {
  return all([
    ...field(from.principals, from.notPrincipals, attribute({ of: 'principal' })),
    ...field(from.requestPrincipals, from.notRequestPrincipals, requestPrincipal),
    ...field(from.namespaces, from.notNamespaces, attribute({ of: 'namespace' })),
    ...field(from.serviceAccounts, from.notServiceAccounts, account(namespace)),
    ...field(from.trustDomains, from.notTrustDomains, attribute({ of: 'trust-domain' })),
    ...field(from.ipBlocks, from.notIpBlocks, address('source.ip')),
    ...field(from.remoteIpBlocks, from.notRemoteIpBlocks, address('remote.ip')),
  ])
}

function operation(to: AuthorizationOperation): Predicate {
  return all([
    ...field(to.hosts, to.notHosts, attribute({ of: 'host' }, true)),
    ...field(to.ports, to.notPorts, port),
    ...field(to.methods, to.notMethods, attribute({ of: 'method' })),
    ...field(to.paths, to.notPaths, path),
  ])
}

type Side = 'principals' | 'permissions'

/** The side of a `when` key, and how one of its values reads. Unknown keys never get here (unenforceable.ts). */
function conditionOf(key: string, namespace: string): readonly [Side, (value: string) => Predicate] {
  const header = /^request\.headers\[([^\]]+)\]$/.exec(key)?.[1]
  if (header !== undefined) return ['principals', attribute({ of: 'header', name: header.toLowerCase() })]
  const ofToken = tokenCondition(key)
  if (ofToken !== undefined) return ['principals', ofToken]
  switch (key) {
    case 'source.ip':
    case 'remote.ip':
      return ['principals', address(key)]
    case 'source.namespace':
      return ['principals', attribute({ of: 'namespace' })]
    case 'source.serviceAccount':
      return ['principals', account(namespace)]
    case 'source.trustDomain':
      return ['principals', attribute({ of: 'trust-domain' })]
    case 'source.principal':
      return ['principals', attribute({ of: 'principal' })]
    case 'destination.ip':
      return ['permissions', address(key)]
    case 'destination.port':
      return ['permissions', port]
    case 'connection.sni':
      return ['permissions', attribute({ of: 'sni' })]
    default:
      return ['permissions', () => ({ kind: 'any', of: [] })]
  }
}

function conditions(
  when: readonly AuthorizationCondition[],
  side: Side,
  namespace: string,
): readonly Predicate[] {
  return when.flatMap(({ key = '', values, notValues }) => {
    const [belongs, make] = conditionOf(key, namespace)
    return belongs === side ? field(values, notValues, make) : []
  })
}

/** The rule; `{}` matches everything. */
export function ruleOf(rule: AuthorizationRule, origin: Origin): PolicyRule {
  const namespace = origin.object?.namespace ?? ''
  const from = (rule.from ?? []).map((one) => source(one.source ?? {}, namespace))
  const to = (rule.to ?? []).map((one) => operation(one.operation ?? {}))
  const when = rule.when ?? []
  return {
    principals: all([
      ...(from.length === 0 ? [] : [any(from)]),
      ...conditions(when, 'principals', namespace),
    ]),
    permissions: all([...(to.length === 0 ? [] : [any(to)]), ...conditions(when, 'permissions', namespace)]),
    origin,
  }
}
