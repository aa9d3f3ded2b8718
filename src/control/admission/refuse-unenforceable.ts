// Refuses an AuthorizationPolicy that could be stored but not enforced: its author would believe to be protected.
import type { AdmissionPlugin } from '../../apiserver/kind.ts'
import { unenforceable } from '../../compile/security/unenforceable.ts'
import type { AuthorizationPolicy } from '../../resources/authorization-policy.ts'
import { AUTHORIZATION_POLICY } from '../../resources/kinds.ts'
import { kindKey } from '../../resources/snapshot.ts'

export const refuseUnenforceable: AdmissionPlugin = {
  name: 'refuse-unenforceable',
  kinds: [kindKey(AUTHORIZATION_POLICY)],
  operations: ['create', 'update'],
  review: ({ object }) => ({
    errors: unenforceable(object as AuthorizationPolicy).map(({ field, message }) => ({
      field,
      type: 'Forbidden',
      detail: message,
    })),
  }),
}
