// Istio's string matches as the model's.
import type { StringMatch } from '../../ir/match.ts'
import type { IstioStringMatch } from '../../resources/virtual-service.ts'

/** An empty matcher, and the regex `*`, mean presence. */
export function stringMatch(match: IstioStringMatch): StringMatch {
  if (match.exact !== undefined) return { kind: 'exact', value: match.exact }
  if (match.prefix !== undefined)
    return match.prefix === '' ? { kind: 'present' } : { kind: 'prefix', value: match.prefix }
  if (match.regex !== undefined && match.regex !== '*') return { kind: 'regex', value: match.regex }
  return { kind: 'present' }
}
