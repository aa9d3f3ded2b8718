// Destinations that get no request because of their weight.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { VIRTUAL_SERVICE } from '../../../../resources/kinds.ts'
import type { VirtualService } from '../../../../resources/virtual-service.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

export const weights = rule({
  codes: ['SP0509'],
  check: (world) =>
    perObject<VirtualService>(world, VIRTUAL_SERVICE, ({ object, origin }) =>
      (object.spec?.http ?? []).flatMap((http, index) => {
        const destinations = http.route ?? []
        if (destinations.length < 2) return []
        const weighted = destinations.some(({ weight }) => (weight ?? 0) > 0)
        return destinations.flatMap(({ destination, weight }, position) =>
          weighted && (weight ?? 0) === 0
            ? [
                diagnostic(
                  'SP0509',
                  origin(`spec.http[${index}].route[${position}]`),
                  `Destination ${destination?.host ?? ''}${destination?.subset === undefined ? '' : ` subset ${destination.subset}`} has ${weight === undefined ? 'no weight, which means 0' : 'weight 0'} beside others that have one.`,
                ),
              ]
            : [],
        )
      }),
    ),
})
