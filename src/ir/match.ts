// How strings, headers, query parameters and requests are matched. The terms are Envoy's (type.matcher.v3, route.v3.RouteMatch).

export type StringMatch =
  | { readonly kind: 'exact'; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'prefix'; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'suffix'; readonly value: string; readonly ignoreCase?: boolean }
  /** RE2 syntax; the whole string must match. */
  | { readonly kind: 'regex'; readonly value: string }
  | { readonly kind: 'present' }

export interface HeaderMatch {
  /** Lower case. */
  readonly name: string
  readonly match: StringMatch
  /** The condition is negated. */
  readonly invert?: boolean
  /** A missing header is matched as the empty string (Istio withoutHeaders). */
  readonly missingAsEmpty?: boolean
}

export interface QueryParameterMatch {
  readonly name: string
  readonly match: StringMatch
}

/** A condition on a claim of the verified token: on any of its texts, when it is a list. */
export interface ClaimMatch {
  readonly path: readonly string[]
  /** `present`: a claim of whatever type. */
  readonly match: StringMatch
  readonly invert?: boolean
}

/** The path condition. Paths are compared without query, after the listener's normalisation. */
export type PathMatch =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly value: string; readonly ignoreCase?: boolean }
  /** Plain string prefix: `/status` also matches `/statusx` (VirtualService). */
  | { readonly kind: 'prefix'; readonly value: string; readonly ignoreCase?: boolean }
  /** Prefix by whole path segments, no trailing slash (Ingress Prefix, Gateway API; Envoy path_separated_prefix). */
  | { readonly kind: 'segment-prefix'; readonly value: string }
  /** RE2, the whole path. */
  | { readonly kind: 'regex'; readonly value: string; readonly ignoreCase?: boolean }

/** All conditions must hold. */
export interface RouteMatch {
  readonly path: PathMatch
  readonly method?: StringMatch
  readonly scheme?: StringMatch
  /** Matched against :authority as sent, port included. */
  readonly authority?: StringMatch
  readonly headers?: readonly HeaderMatch[]
  readonly queryParameters?: readonly QueryParameterMatch[]
  /** Routes with such conditions are looked for again once the token is verified. */
  readonly claims?: readonly ClaimMatch[]
}
