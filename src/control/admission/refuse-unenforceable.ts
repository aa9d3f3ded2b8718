// Refuses an object of access control that could be stored but not enforced: its author would believe to be protected.
import type { AdmissionPlugin } from '../../apiserver/kind.ts'
import { refusalsOf } from '../../compile/security/refusals.ts'
import { AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION } from '../../resources/kinds.ts'
import { kindKey } from '../../resources/snapshot.ts'

export const refuseUnenforceable: AdmissionPlugin = {
  name: 'refuse-unenforceable',
  kinds: [kindKey(AUTHORIZATION_POLICY), kindKey(REQUEST_AUTHENTICATION)],
  operations: ['create', 'update'],
  review: ({ object }) => ({
    errors: refusalsOf(object).map(({ field, message }) => ({
      field,
      type: 'Forbidden',
      detail: message,
    })),
  }),
}
