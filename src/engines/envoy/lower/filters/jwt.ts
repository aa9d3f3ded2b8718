// jwt as Envoy's jwt_authn, the way istiod configures it: any provider's token, or none at all; a token that no provider takes is refused.
import type { JwtProvider, PublicJwk } from '../../../../ir/jwt.ts'
import { JWT_FILTER, PAYLOAD } from '../claims.ts'
import { any, compact, type Message } from '../proto.ts'
import type { HttpFilter } from './http-filter.ts'

const TYPE = 'envoy.extensions.filters.http.jwt_authn.v3'

/**
 * Stands in where an issuer has no usable key, because Envoy takes no empty set. Its x is the SHA-256 of the text
 * `sallyport: a key that nobody has 1`, so that nobody can have chosen it with a private key in hand.
 */
export const NOBODYS_KEY: PublicJwk = {
  kty: 'EC',
  crv: 'P-256',
  alg: 'ES256',
  kid: 'nobody',
  x: 'LeIAV7Cys5DpW28cFhz2ecktn7AWBukZvl1UsmdPshQ',
  y: 'lszI3ZhXXsa6ORenx-5Rgim1SCJaafwCz14BUEPgW9k',
}

function provider(one: JwtProvider): Message {
  const { headers, parameters, cookies } = one.places
  const keys = one.keys.length === 0 ? [NOBODYS_KEY] : one.keys
  return compact({
    issuer: one.issuer,
    audiences: one.audiences.length === 0 ? undefined : one.audiences,
    local_jwks: { inline_string: JSON.stringify({ keys }) },
    from_headers: headers.map(({ name, prefix }) =>
      compact({ name, value_prefix: prefix === '' ? undefined : prefix }),
    ),
    from_params: parameters,
    from_cookies: cookies,
    forward: one.forward || undefined,
    forward_payload_header: one.payloadHeader,
    claim_to_headers: one.claimHeaders.map(({ header, claim }) => ({
      header_name: header,
      claim_name: claim,
    })),
    payload_in_metadata: PAYLOAD,
    normalize_payload_in_metadata: { space_delimited_claims: one.wordLists },
    // Routes may depend on claims.
    clear_route_cache: true,
  })
}

/** `{P1, P2, …, all of {P or none}}`: the last part lets requests without a token pass, and only those. */
function requirement(names: readonly string[]): Message {
  const orNone = names.map((provider_name) => ({
    requires_any: { requirements: [{ provider_name }, { allow_missing: {} }] },
  }))
  const [only] = orNone
  if (only !== undefined && orNone.length === 1) return only
  const each = names.map((provider_name) => ({ provider_name }))
  return { requires_any: { requirements: [...each, { requires_all: { requirements: orNone } }] } }
}

export function jwtFilter(providers: readonly JwtProvider[]): readonly HttpFilter[] {
  const named = providers.map((one, index) => [`origins-${index}`, provider(one)] as const)
  const config = any(`${TYPE}.JwtAuthentication`, {
    providers: Object.fromEntries(named),
    rules: [{ match: { prefix: '/' }, requires: requirement(named.map(([name]) => name)) }],
    bypass_cors_preflight: true,
  })
  // Of managers only: a route names a requirement that is not there, which Envoy refuses.
  const perRoute = any(`${TYPE}.PerRouteConfig`, { requirement_name: 'of the manager' })
  return [{ name: JWT_FILTER, config, perRoute, idle: config }]
}
