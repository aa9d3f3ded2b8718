// Who may do what. Without RBAC the answer is simple and closed: masters may do everything, others may look at what the API is.
import { apiError, resourceName } from '../status-error.ts'
import { MASTERS, type User } from '../user.ts'

export interface Attributes {
  readonly verb: string
  /** For resources. */
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  /** For everything else. */
  readonly path?: string
}

const PUBLIC = new Set(['/version', '/healthz', '/livez', '/readyz'])
const DISCOVERY = /^\/(api|apis|openapi|version|healthz|livez|readyz)(\/|$)/
/** Reviews about oneself. */
const SELF = new Set(['selfsubjectreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'])

/** Whether a user may do something, and why. */
export function decide(user: User, what: Attributes): { readonly allowed: boolean; readonly reason: string } {
  if (user.groups.includes(MASTERS)) return { allowed: true, reason: `member of ${MASTERS}` }
  const isKnown = user.groups.includes('system:authenticated')
  if (what.path !== undefined) {
    const top = /^\/[^/]*/.exec(what.path)?.[0] ?? ''
    const reading = what.verb === 'get' || what.verb === 'head'
    const allowed = reading && (PUBLIC.has(top) || (isKnown && DISCOVERY.test(what.path)))
    return { allowed, reason: allowed ? 'open to everybody who may look' : '' }
  }
  const allowed = isKnown && what.verb === 'create' && SELF.has(what.resource ?? '')
  return { allowed, reason: allowed ? 'about oneself' : '' }
}

/** Throws 403 with the text that Kubernetes has for it. */
export function authorize(user: User, what: Attributes): void {
  if (decide(user, what).allowed) return
  if (what.path !== undefined) {
    throw apiError(
      403,
      'Forbidden',
      `forbidden: User "${user.name}" cannot ${what.verb} path "${what.path}"`,
      {},
    )
  }
  const { group = '', resource = '', name = '', namespace, subresource } = what
  const full = subresource === undefined ? resource : `${resource}/${subresource}`
  const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const subject = `${resourceName({ group, plural: resource })}${name === '' ? '' : ` "${name}"`}`
  throw apiError(
    403,
    'Forbidden',
    `${subject} is forbidden: User "${user.name}" cannot ${what.verb} resource "${full}" in API group "${group}" ${scope}`,
    { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource },
  )
}
