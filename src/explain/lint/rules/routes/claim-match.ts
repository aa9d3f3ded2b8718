// Routes by claims of tokens, which need a RequestAuthentication.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { VIRTUAL_SERVICE } from '../../../../resources/kinds.ts'
import type { VirtualService } from '../../../../resources/virtual-service.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

export const claimMatch = rule({
  codes: ['SP0512'],
  check: (world) =>
    perObject<VirtualService>(world, VIRTUAL_SERVICE, ({ object, origin }) =>
      (object.spec?.http ?? []).flatMap((http, index) =>
        (http.match ?? []).flatMap((match, block) =>
          Object.keys({ ...match.headers, ...match.withoutHeaders })
            .filter((name) => name.startsWith('@request.auth.claims'))
            .map((name) =>
              diagnostic(
                'SP0512',
                origin(`spec.http[${index}].match[${block}]`),
                `The match reads ${name}, but no token is verified.`,
              ),
            ),
        ),
      ),
    ),
})
