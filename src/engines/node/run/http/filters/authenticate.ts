// jwt: verifies the tokens of a request, refuses bad ones in Envoy's words, and leaves the claims for policies and routes.
import { withoutParameter } from '../../../../../ir/token/find-tokens.ts'
import { judgeTokens, type RequestEdit } from '../../../../../ir/token/judge-tokens.ts'
import { holdsControl } from '../../../lower/field-text.ts'
import type { JwtPlan } from '../../../lower/filters/jwt.ts'
import type { LocalReply } from '../local-reply.ts'
import type { RequestContext } from '../request-context.ts'
import type { FilterOutcome } from './filter-outcome.ts'
import { isPreflight } from './is-preflight.ts'
import { verifySignature } from './token-signature.ts'

/** How much of the path Envoy puts into the realm. */
const REALM_PATH = 256

export function authenticate({ providers }: JwtPlan, context: RequestContext): FilterOutcome {
  if (isPreflight(context)) return undefined
  const { target } = context
  const verdict = judgeTokens(providers, context, { now: Date.now(), verify: verifySignature })
  const unfit = verdict.edits.find((edit) => 'value' in edit && holdsControl(edit.value))
  if (unfit !== undefined) return { reply: unfitHeader(unfit.name) }
  for (const edit of verdict.edits) apply(edit, context)
  if (verdict.refusal !== undefined) {
    const { status, text } = verdict.refusal
    const realm = `${context.scheme}://${context.authority}${target.slice(0, REALM_PATH)}`
    return {
      reply: {
        status,
        body: text,
        headers: [['www-authenticate', `Bearer realm="${realm}", error="invalid_token"`]],
        details: `jwt_authn_access_denied{${text.replaceAll(' ', '_')}}`,
      },
    }
  }
  context.claims = verdict.claims
  return verdict.edits.length > 0 || verdict.claims !== undefined ? { reroute: true } : undefined
}

function apply(edit: RequestEdit, context: RequestContext): void {
  const { headers } = context.head
  switch (edit.kind) {
    case 'remove-header':
      headers.remove(edit.name)
      break
    case 'set-header':
      headers.set(edit.name, edit.value)
      break
    case 'add-header':
      headers.add(edit.name, edit.value)
      break
    case 'remove-parameter': {
      const query = withoutParameter(context.query, edit.name)
      context.retarget(query === '' ? context.path : `${context.path}?${query}`)
    }
  }
}

/** A claim that no header can hold: as in Envoy, the request does not go on. */
const unfitHeader = (name: string): LocalReply => ({
  status: 503,
  body: `invalid header value for: ${name}`,
  flag: 'DPE',
  details: `filter_removed_required_request_headers{invalid_header_value_for:_${name}}`,
})
