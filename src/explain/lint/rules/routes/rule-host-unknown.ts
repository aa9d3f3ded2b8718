// DestinationRules for hosts that do not exist.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { DestinationRule } from '../../../../resources/destination-rule.ts'
import { DESTINATION_RULE, SERVICE } from '../../../../resources/kinds.ts'
import { listOf } from '../../../../resources/snapshot.ts'
import { fullHost } from '../../hosts.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

export const ruleHostUnknown = rule({
  codes: ['SP0513'],
  check: (world) => {
    const { clusterDomain } = world.snapshot.platform
    const services = new Set(
      listOf(world.snapshot, SERVICE).map(
        ({ object: { metadata } }) => `${metadata.name}.${metadata.namespace ?? ''}.svc.${clusterDomain}`,
      ),
    )
    return perObject<DestinationRule>(world, DESTINATION_RULE, ({ object, origin }) => {
      const host = fullHost(object.spec?.host ?? '', object.metadata.namespace ?? '', clusterDomain)
      const known = host.startsWith('*')
        ? host === '*' || [...services].some((service) => service.endsWith(host.slice(1)))
        : services.has(host)
      return known
        ? []
        : [diagnostic('SP0513', origin('spec.host'), `No Service has the host ${host || '(none)'}.`)]
    })
  },
})
