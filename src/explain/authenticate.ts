// What happens to the tokens of a request: judged as engines judge them.
import { formatRef } from '../diagnostics/origin.ts'
import type { Filter } from '../ir/filter.ts'
import { withoutParameter } from '../ir/token/find-tokens.ts'
import { judgeTokens, type RequestEdit, type Verification } from '../ir/token/judge-tokens.ts'
import type { Flight } from './hop.ts'
import { isPreflight } from './is-preflight.ts'
import type { Verdict } from './verdict.ts'

const queryOf = ({ target }: Flight): string => target.split('?').slice(1).join('?')

export function authenticate(
  { config: { providers }, origin }: Filter<'jwt'>,
  flight: Flight,
  verification: Verification,
): Verdict {
  if (isPreflight(flight)) return {}
  const request = { header: (name: string) => flight.headers.get(name), query: queryOf(flight) }
  const { edits, claims, provider, refusal } = judgeTokens(providers, request, verification)
  const next = edits.reduce(edited, flight)
  if (refusal) {
    const known = providers.map(({ issuer }) => issuer).join(', ')
    return {
      flight: next,
      outcome: {
        kind: 'proxy',
        ok: false,
        status: refusal.status,
        summary: `the token is refused: ${refusal.text}`,
        advice: adviceFor(refusal.text, known),
        origin: providers[0]?.origin ?? origin,
      },
    }
  }
  if (!claims || !provider) return { flight: next }
  const named = provider.origin.object ? formatRef(provider.origin.object) : 'RequestAuthentication'
  return {
    flight: next,
    claims,
    decision: {
      allowed: true,
      because: `the token is ${provider.issuer || 'good'}'s${typeof claims['sub'] === 'string' ? `, about ${claims['sub']}` : ''}`,
      by: { policy: named, rule: 0, origin: provider.origin },
    },
  }
}

function adviceFor(text: string, issuers: string): string {
  if (text === 'Jwt is expired' || text === 'Jwt not yet valid') return 'Get a new token from its issuer.'
  if (text === 'Jwt issuer is not configured')
    return `Send a token of ${issuers}, or add its issuer to the jwtRules.`
  if (text === 'Audiences in Jwt are not allowed')
    return 'Get a token for this audience, or add its audience to the jwtRule.'
  if (text.startsWith('Jwks') || text === 'Jwt verification fails')
    return 'Compare the key that signed the token with those of jwks or jwksUri in the jwtRule.'
  return 'Send the whole token as its issuer made it.'
}

function edited(flight: Flight, edit: RequestEdit): Flight {
  if (edit.kind === 'remove-parameter') {
    const [path = ''] = flight.target.split('?', 1)
    const query = withoutParameter(queryOf(flight), edit.name)
    return { ...flight, target: query === '' ? path : `${path}?${query}` }
  }
  if (!('value' in edit)) return { ...flight, headers: flight.headers.without(edit.name) }
  const { name, value } = edit
  const headers =
    edit.kind === 'add-header' ? flight.headers.add(name, value) : flight.headers.set(name, value)
  return { ...flight, headers }
}
