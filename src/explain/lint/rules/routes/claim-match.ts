// Routes by claims of tokens, which need a RequestAuthentication.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { filterOf, managersOf } from '../../managers.ts'
import { rule } from '../../rule.ts'

export const claimMatch = rule({
  codes: ['SP0512'],
  check: ({ model }) =>
    managersOf(model)
      .filter(({ manager }) => filterOf(manager, 'jwt') === undefined)
      .flatMap(({ proxy, manager }) =>
        manager.routes.virtualHosts.flatMap(({ routes }) =>
          routes.flatMap(({ match, origin }) =>
            (match.claims ?? []).map(({ path }) =>
              diagnostic(
                'SP0512',
                origin,
                `The match reads the claim ${path.join('.')}, but ${proxy.kind === 'gateway' ? `no RequestAuthentication applies to ${proxy.id}` : 'only gateways route by claims'}.`,
              ),
            ),
          ),
        ),
      ),
})
