// A condition on a claim of the verified token.
import { type Claims, claimAt, claimTexts } from '../../../ir/jwt.ts'
import type { StringMatch } from '../../../ir/match.ts'
import { stringTest } from './string-match.ts'

/** Tests the claim at a path: its text, or any text in its list; `present` is a claim of whatever type. */
export function claimTest(
  path: readonly string[],
  match: StringMatch,
): (claims: Claims | undefined) => boolean {
  if (match.kind === 'present') return (claims) => claimAt(claims, path) !== undefined
  const test = stringTest(match)
  return (claims) => claimTexts(claimAt(claims, path)).some(test)
}
