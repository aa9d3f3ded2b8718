// ext-authz as istiod configures it: an RBAC filter notes in its shadow metadata which rule takes a request, and ext_authz asks about those only.
import type { Authorizer } from '../../../../ir/authorizer.ts'
import type { Filter } from '../../../../ir/filter.ts'
import type { StringMatch } from '../../../../ir/match.ts'
import { lowerPolicies } from '../policy.ts'
import { any, compact, duration, type Message } from '../proto.ts'
import { stringMatcher } from '../string-matcher.ts'
import type { HttpFilter } from './http-filter.ts'

const HTTP = 'envoy.extensions.filters.http'
const NAME = 'envoy.filters.http.ext_authz'
/** Marks policies of authorizers among those that RBAC names. */
const PREFIX = 'istio-ext-authz-'
/** Before the keys of the shadow metadata. */
const STAT_PREFIX = 'istio_ext_authz_'

const names = (of: readonly StringMatch[]): Message | undefined =>
  of.length === 0
    ? undefined
    : {
        patterns: of.map((one) =>
          stringMatcher(one.kind === 'present' || one.kind === 'regex' ? one : { ...one, ignoreCase: true }),
        ),
      }

function httpService(authorizer: Authorizer): Message {
  return compact({
    // The URI must be there, and is not used.
    server_uri: {
      uri: 'http://authorizer',
      cluster: authorizer.cluster,
      timeout: duration(authorizer.timeoutMs),
    },
    path_prefix: authorizer.pathPrefix || undefined,
    authorization_request: {
      headers_to_add: authorizer.addHeaders.map(([key, value]) => ({ key, value })),
    },
    authorization_response: compact({
      allowed_upstream_headers: names(authorizer.upstreamOnAllow),
      allowed_client_headers: names(authorizer.downstreamOnDeny),
      allowed_client_headers_on_success: names(authorizer.downstreamOnAllow),
    }),
  })
}

const service = (authorizer: Authorizer): Message =>
  authorizer.protocol === 'http'
    ? { http_service: httpService(authorizer) }
    : {
        grpc_service: {
          envoy_grpc: { cluster_name: authorizer.cluster },
          timeout: duration(authorizer.timeoutMs),
        },
      }

export function extAuthzFilters({
  config: { policies, authorizer },
}: Filter<'ext-authz'>): readonly HttpFilter[] {
  const rules = any(`${HTTP}.rbac.v3.RBAC`, {
    shadow_rules: { action: 'DENY', policies: lowerPolicies(policies, PREFIX) },
    shadow_rules_stat_prefix: STAT_PREFIX,
  })
  const ask = any(
    `${HTTP}.ext_authz.v3.ExtAuthz`,
    compact({
      transport_api_version: 'V3',
      failure_mode_allow: authorizer.failOpen || undefined,
      status_on_error: { code: authorizer.statusOnError },
      filter_enabled_metadata: {
        filter: 'envoy.filters.http.rbac',
        path: [{ key: `${STAT_PREFIX}shadow_effective_policy_id` }],
        value: { string_match: { prefix: PREFIX } },
      },
      with_request_body: authorizer.body && {
        max_request_bytes: authorizer.body.maxBytes,
        allow_partial_message: authorizer.body.allowPartial,
        pack_as_bytes: authorizer.body.packAsBytes,
      },
      allowed_headers: names(authorizer.requestHeaders),
      ...service(authorizer),
    }),
  )
  const whole = (name: string, config: Message): HttpFilter => ({
    name,
    config,
    // Of managers only.
    perRoute: config,
    idle: config,
  })
  return [whole(`${NAME}.rules`, rules), whole(NAME, ask)]
}
