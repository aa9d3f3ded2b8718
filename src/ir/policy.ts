// Authorization as predicates over what a proxy knows of a connection and request (Istio AuthorizationPolicy, Envoy RBAC).
import type { Origin } from '../diagnostics/origin.ts'
import type { StringMatch } from './match.ts'

/**
 * What a predicate looks at.
 * `principal` is the peer's SPIFFE id without `spiffe://`, absent on plaintext or when the peer has no URI SAN.
 */
export type Attribute =
  | { readonly of: 'principal' | 'namespace' | 'service-account' | 'trust-domain' }
  | { readonly of: 'sni' | 'method' | 'path' | 'host' }
  | { readonly of: 'header'; readonly name: string }
  /** A claim of the verified token: any of its texts, when it is a list. */
  | { readonly of: 'claim'; readonly path: readonly string[] }

export type AddressAttribute = 'source.ip' | 'remote.ip' | 'destination.ip'

/** `all: []` is true, `any: []` is false. Which side (connection or request) an attribute belongs to decides what a TCP proxy can evaluate. */
export type Predicate =
  | { readonly kind: 'all'; readonly of: readonly Predicate[] }
  | { readonly kind: 'any'; readonly of: readonly Predicate[] }
  | { readonly kind: 'not'; readonly of: Predicate }
  | { readonly kind: 'match'; readonly attribute: Attribute; readonly match: StringMatch }
  /** Istio path templates with `{*}` and `{**}`. */
  | { readonly kind: 'path-template'; readonly value: string }
  | { readonly kind: 'cidr'; readonly attribute: AddressAttribute; readonly value: string }
  | { readonly kind: 'port'; readonly value: number }

export interface PolicyRule {
  /** True when the caller is meant (from[] and the `when` keys about the source). */
  readonly principals: Predicate
  /** True when the operation is meant (to[] and the other `when` keys). */
  readonly permissions: Predicate
  readonly origin: Origin
}

export interface Policy {
  /** `ns[httptools]-policy[allow-alb]-rule[0]` without the rule part: Istio's name for it in logs. */
  readonly name: string
  /** `custom`: an authorizer decides what the rules match; such policies stand in ext-authz filters only. */
  readonly action: 'allow' | 'deny' | 'audit' | 'custom'
  /** No rules: the policy never matches. */
  readonly rules: readonly PolicyRule[]
  /** Evaluated and logged, never enforced (`istio.io/dry-run`). */
  readonly dryRun?: boolean
  readonly origin: Origin
}

/**
 * The policies that apply to one proxy (or one TCP chain), in evaluation order: any DENY that matches denies; then, when there is
 * an ALLOW policy, one must match.
 */
export type PolicySet = readonly Policy[]
