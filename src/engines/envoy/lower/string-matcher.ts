// String conditions as Envoy's.
import type { StringMatch } from '../../../ir/match.ts'
import { compact, type Message } from './proto.ts'

/** type.matcher.v3.StringMatcher; `present` is any non-missing value. */
export function stringMatcher(match: StringMatch): Message {
  if (match.kind === 'present') return { safe_regex: { regex: '.*' } }
  if (match.kind === 'regex') return { safe_regex: { regex: match.value } }
  return compact({ [match.kind]: match.value, ignore_case: match.ignoreCase || undefined })
}
