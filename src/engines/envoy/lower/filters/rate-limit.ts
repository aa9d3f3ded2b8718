// rate-limit as Envoy's local rate limit: one bucket, or one for each value of a header by a descriptor whose value is left open.
import type { Filter } from '../../../../ir/filter.ts'
import { any, duration, type Message } from '../proto.ts'
import type { HttpFilter } from './http-filter.ts'

const TYPE = 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'
const ALWAYS = { default_value: { numerator: 100, denominator: 'HUNDRED' } }
/** Values of the header that have a bucket; the one that was not used longest gives way. The node engine keeps as many. */
const MOST_VALUES = 10_000
/** Never empty: what has a descriptor of its own. */
const UNLIMITED = { max_tokens: 4_294_967_295, tokens_per_fill: 4_294_967_295, fill_interval: '1s' }

/** Requests with the header, and all others together. */
function byHeader(name: string, bucket: Message): Message {
  const absent = { name, present_match: true }
  return {
    rate_limits: [
      { actions: [{ request_headers: { header_name: name, descriptor_key: 'value' } }] },
      {
        actions: [
          {
            header_value_match: {
              descriptor_key: 'absent',
              descriptor_value: 'absent',
              expect_match: false,
              headers: [absent],
            },
          },
        ],
      },
    ],
    descriptors: [
      { entries: [{ key: 'value' }], token_bucket: bucket },
      { entries: [{ key: 'absent', value: 'absent' }], token_bucket: bucket },
    ],
    max_dynamic_descriptors: MOST_VALUES,
  }
}

export function rateLimitFilter({ config }: Filter<'rate-limit'>): readonly HttpFilter[] {
  const { tokens, burst, intervalMs, keyHeader, status } = config
  const bucket = {
    max_tokens: tokens + burst,
    tokens_per_fill: tokens,
    fill_interval: duration(intervalMs),
  }
  const message = any(TYPE, {
    stat_prefix: 'local_rate_limit',
    status: { code: status },
    token_bucket: keyHeader === undefined ? bucket : UNLIMITED,
    filter_enabled: ALWAYS,
    filter_enforced: ALWAYS,
    ...(keyHeader === undefined ? {} : byHeader(keyHeader, bucket)),
  })
  return [
    {
      name: 'envoy.filters.http.local_ratelimit',
      config: message,
      perRoute: message,
      idle: any(TYPE, { stat_prefix: 'local_rate_limit' }),
    },
  ]
}
