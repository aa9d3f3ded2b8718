// Why an object of access control is refused: it could be stored but not enforced, and its author would believe to be protected.
import type { AuthorizationPolicy } from '../../resources/authorization-policy.ts'
import { AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION } from '../../resources/kinds.ts'
import { type KubeObject, parseApiVersion } from '../../resources/object.ts'
import type { RequestAuthentication } from '../../resources/request-authentication.ts'
import { kindKey } from '../../resources/snapshot.ts'
import { type Refusal, unenforceable } from './unenforceable.ts'
import { unenforceableTokenRules } from './unenforceable-token-rules.ts'

/** Of objects of any kind; none for kinds that do not control access. */
export function refusalsOf(object: KubeObject): readonly Refusal[] {
  switch (kindKey({ group: parseApiVersion(object.apiVersion).group, kind: object.kind })) {
    case kindKey(AUTHORIZATION_POLICY):
      return unenforceable(object as AuthorizationPolicy)
    case kindKey(REQUEST_AUTHENTICATION):
      return unenforceableTokenRules(object as RequestAuthentication)
    default:
      return []
  }
}
