// Says at once, where kubectl shows it, what of an object is stored and not acted on, or cannot be read.
import type { AdmissionPlugin } from '../../apiserver/kind.ts'
import { allSupport } from '../../compile/support/all.ts'
import { unsupported } from '../../compile/support.ts'
import { diagnosticWarning } from '../../diagnostics/kubernetes.ts'
import { refOf } from '../../resources/object.ts'

export const notActedOn: AdmissionPlugin = {
  name: 'not-acted-on',
  kinds: allSupport.map((one) => one.kind),
  operations: ['create', 'update'],
  review: ({ object, context }) => {
    if (context.subresource !== undefined) return {}
    const origin = (field: string) => ({ object: refOf(object), ...(field === '' ? {} : { field }) })
    // Errors of policies are refusals, made elsewhere.
    const findings = unsupported({ object, origin }).filter((one) => one.code !== 'SP0601')
    return { warnings: findings.map(diagnosticWarning) }
  },
}
