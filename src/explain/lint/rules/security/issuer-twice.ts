// Two jwtRules of one workload for the same issuer.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { filterOf, managersOf } from '../../managers.ts'
import { rule } from '../../rule.ts'

export const issuerTwice = rule({
  codes: ['SP0609'],
  check: ({ model }) =>
    managersOf(model).flatMap(({ proxy, manager }) => {
      const providers = filterOf(manager, 'jwt')?.config.providers ?? []
      return providers.flatMap(({ issuer, origin }, index) => {
        const earlier = providers.slice(0, index).find((one) => one.issuer === issuer)
        if (earlier === undefined) return []
        const message = `The issuer ${issuer} has two rules for ${proxy.workload.namespace}/${proxy.workload.name}.`
        return [
          diagnostic('SP0609', origin, message, {
            related: [{ message: 'The other rule.', origin: earlier.origin }],
          }),
        ]
      })
    }),
})
