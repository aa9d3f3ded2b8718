// Envoy's response code details, and ours in its style, in words. A key is the whole text or what it begins with.

export interface Meaning {
  readonly meaning: string
  readonly change: string
}

const entry = (meaning: string, change: string): Meaning => ({ meaning, change })

export const detailMeanings: Readonly<Record<string, Meaning>> = {
  route_not_found: entry(
    'no virtual host, or no route of it, takes the request',
    'Add the host to the Gateway server and its VirtualService, or a route for the path. `sallyport trace` shows the nearest one.',
  ),
  misdirected_request: entry(
    'the Host is not one that this connection (its SNI) is for',
    'Put the Host into the same server as the SNI, or send the SNI that fits.',
  ),
  filter_chain_not_found: entry(
    'no filter chain takes the connection: its SNI is not served, or TLS and plaintext are mixed up',
    'Send an SNI that a server names, or add it to the hosts of the Gateway server; check http against https.',
  ),
  cluster_not_found: entry(
    'the route names a destination that does not exist',
    'Name an existing Service, and a subset that its DestinationRule has.',
  ),
  cluster_refused: entry(
    'the destination could not be built and fails closed',
    'See the diagnostic code beside it: `sallyport lint`.',
  ),
  no_healthy_upstream: entry(
    'the destination has no ready endpoint',
    'Check the selector of the Service and the readiness of its pods.',
  ),
  overflow: entry(
    'a circuit breaker or bounded queue was full',
    'Raise connectionPool limits in the DestinationRule, or slow the clients.',
  ),
  upstream_reset_before_response_started: entry(
    'the connection to the endpoint failed, or it was reset before it answered; the part in braces says why',
    'For a TLS reason check certificate, trust and SNI of that hop; for a refused connection check the port that the application listens on.',
  ),
  upstream_reset_after_response_started: entry(
    'the endpoint broke off its answer',
    'Look into the log of the application.',
  ),
  upstream_per_try_timeout: entry(
    'each try ran out of perTryTimeout',
    'Raise perTryTimeout, or speed the application up.',
  ),
  response_timeout: entry(
    'the route timeout ran out',
    'Raise the timeout of the route (or the read timeout of the ALB), or speed the application up.',
  ),
  stream_idle_timeout: entry(
    'nothing moved for too long',
    'Send something in time, or raise the idle timeout.',
  ),
  rbac_access_denied_matched_policy: entry(
    'an AuthorizationPolicy refused the request; `none` in the brackets: no ALLOW rule matched',
    'Allow this caller and operation, or correct the rule named in the brackets.',
  ),
  ext_authz_denied: entry(
    'the external authorizer refused the request',
    'Ask it: its own log says why. The CUSTOM AuthorizationPolicy says which requests it is asked about.',
  ),
  ext_authz_error: entry(
    'the external authorizer gave no usable answer, so the request was refused',
    'Bring up the Service of the provider, or give it more time (timeout), in the mesh configuration.',
  ),
  jwt_authn_access_denied: entry(
    'the token does not verify; the part in braces says why',
    'Get a new token from the issuer, or correct the RequestAuthentication. `sallyport trace -H "Authorization: …"` judges it again.',
  ),
  filter_removed_required_request_headers: entry(
    'a claim of the token cannot be written as a header, which the part in braces names',
    'Write another claim, or have the issuer leave out control characters.',
  ),
  local_rate_limited: entry('the rate limit of this door was reached', 'Send less, or raise the limit.'),
  fault_filter_abort: entry(
    'a fault that was configured aborted the request',
    'Remove `fault` from the route.',
  ),
  cors_response: entry(
    'a preflight answered by the CORS policy',
    'Nothing: the browser asked what is allowed.',
  ),
  direct_response: entry(
    'the route itself answers (directResponse or redirect)',
    'Nothing, unless a forward was meant.',
  ),
  upgrade_failed: entry(
    'the upgrade asked for is not passed on here',
    'Only websocket upgrades are passed through a gateway.',
  ),
  request_payload_too_large: entry(
    'the body is above the limit',
    'Raise client-max-body-size, or send less.',
  ),
  path_normalization_failed: entry(
    'the path has escapes or segments that cannot be made plain',
    'Send a path without broken escapes and without leaving the root.',
  ),
  'http1.': entry(
    'the request breaks a rule of HTTP/1.1; the name after the dot says which',
    'Correct the client.',
  ),
  'http2.': entry(
    'the request breaks a rule of HTTP/2; the name after the dot says which',
    'Correct the client.',
  ),
  via_upstream: entry(
    'the answer of the application itself',
    'Nothing at the doors: look into the application.',
  ),
}

/** The meaning of a detail text, by the longest key that it begins with. */
export function meaningOf(details: string): Meaning | undefined {
  const keys = Object.keys(detailMeanings).filter((key) =>
    key.endsWith('.') ? details.startsWith(key) : details.replace(/[{[|].*$/s, '') === key,
  )
  const [key] = keys.sort((a, b) => b.length - a.length)
  return key === undefined ? undefined : detailMeanings[key]
}
