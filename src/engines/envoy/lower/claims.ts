// Claims of verified tokens: the jwt_authn filter leaves them in dynamic metadata, conditions read them there.
import type { StringMatch } from '../../../ir/match.ts'
import { compact, type Message } from './proto.ts'
import { stringMatcher } from './string-matcher.ts'

export const JWT_FILTER = 'envoy.filters.http.jwt_authn'
/** Where in the filter's metadata the payload stands. */
export const PAYLOAD = 'payload'

/** type.matcher.v3.MetadataMatcher: the claim itself, or any text in its list. */
export function claimMatcher(path: readonly string[], match: StringMatch): Message {
  const text = { string_match: stringMatcher(match) }
  return compact({
    filter: JWT_FILTER,
    path: [PAYLOAD, ...path].map((key) => ({ key })),
    value:
      match.kind === 'present'
        ? { present_match: true }
        : { or_match: { value_matchers: [text, { list_match: { one_of: text } }] } },
  })
}
