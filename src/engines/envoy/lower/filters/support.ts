// HTTP filters as Envoy's: total over FILTER_ORDER, so a filter that is forgotten here does not compile.

import type { Filter } from '../../../../ir/filter.ts'
import type { FilterSupport } from '../../../engine.ts'
import { lowerPolicySet } from '../policy.ts'
import { any, compact, duration, type Message } from '../proto.ts'
import { stringMatcher } from '../string-matcher.ts'
import { extAuthzFilters } from './ext-authz.ts'
import type { HttpFilter } from './http-filter.ts'
import { jwtFilter } from './jwt.ts'
import { rateLimitFilter } from './rate-limit.ts'

const HTTP = 'envoy.extensions.filters.http'

const rbac = (action: 'deny' | 'allow', message: Message | undefined): readonly HttpFilter[] => {
  const type = `${HTTP}.rbac.v3.RBAC`
  return message
    ? [
        {
          name: `envoy.filters.http.rbac.${action}`,
          config: any(type, message),
          perRoute: any(`${HTTP}.rbac.v3.RBACPerRoute`, { rbac: message }),
          idle: any(type, {}),
        },
      ]
    : []
}

const percent = (value: number): Message => ({
  numerator: Math.round(value * 10_000),
  denominator: 'MILLION',
})

export const filterSupport: FilterSupport<readonly HttpFilter[]> = {
  'body-limit': ({ config }) => [
    {
      name: 'envoy.filters.http.buffer',
      config: any(`${HTTP}.buffer.v3.Buffer`, { max_request_bytes: config.bytes }),
      perRoute: any(`${HTTP}.buffer.v3.BufferPerRoute`, { buffer: { max_request_bytes: config.bytes } }),
      idle: any(`${HTTP}.buffer.v3.Buffer`, { max_request_bytes: 0xffffffff }),
    },
  ],
  'rate-limit': rateLimitFilter,
  'ext-authz': extAuthzFilters,
  jwt: ({ config }) => jwtFilter(config.providers),
  rbac: ({ config }) => {
    const { deny, allow } = lowerPolicySet(config.policies)
    return [...rbac('deny', deny), ...rbac('allow', allow)]
  },
  fault: ({ config }) => {
    const type = `${HTTP}.fault.v3.HTTPFault`
    const message = any(
      type,
      compact({
        delay: config.delay && {
          fixed_delay: duration(config.delay.ms),
          percentage: percent(config.delay.percent),
        },
        abort: config.abort && {
          http_status: config.abort.status,
          percentage: percent(config.abort.percent),
        },
      }),
    )
    return [{ name: 'envoy.filters.http.fault', config: message, perRoute: message, idle: any(type, {}) }]
  },
  cors: ({ config }) => {
    const message = any(
      `${HTTP}.cors.v3.CorsPolicy`,
      compact({
        allow_origin_string_match: config.allowOrigins.map(stringMatcher),
        allow_methods: config.allowMethods.join(',') || undefined,
        allow_headers: config.allowHeaders.join(',') || undefined,
        expose_headers: config.exposeHeaders.join(',') || undefined,
        max_age: config.maxAgeSeconds === undefined ? undefined : String(config.maxAgeSeconds),
        allow_credentials: config.allowCredentials,
        forward_not_matching_preflights: config.unmatchedPreflights === 'forward',
      }),
    )
    const idle = any(`${HTTP}.cors.v3.Cors`, {})
    return [{ name: 'envoy.filters.http.cors', config: idle, perRoute: message, idle }]
  },
}

/** The Envoy filters of one filter of the model; what cannot be done yields none and is reported by `unsupportedReason`. */
export function lowerFilter(filter: Filter): readonly HttpFilter[] {
  const support = filterSupport[filter.kind]
  return typeof support === 'function' ? (support as (filter: Filter) => readonly HttpFilter[])(filter) : []
}

/** Why this engine cannot carry a filter out, or undefined. */
export function unsupportedReason(filter: Filter): string | undefined {
  const support = filterSupport[filter.kind]
  return typeof support === 'function' ? undefined : support.unsupported
}
