// Policies and Telemetry whose selector finds nobody.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { AuthorizationPolicy } from '../../../../resources/authorization-policy.ts'
import {
  AUTHORIZATION_POLICY,
  PEER_AUTHENTICATION,
  REQUEST_AUTHENTICATION,
  TELEMETRY,
} from '../../../../resources/kinds.ts'
import type { PeerAuthentication } from '../../../../resources/peer-authentication.ts'
import type { RequestAuthentication } from '../../../../resources/request-authentication.ts'
import type { Telemetry } from '../../../../resources/telemetry.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'
import { hasLabels } from '../../world.ts'

export const selectorWithoutPods = rule({
  codes: ['SP0604'],
  check: (world) =>
    [PEER_AUTHENTICATION, REQUEST_AUTHENTICATION, AUTHORIZATION_POLICY, TELEMETRY].flatMap((kind) =>
      perObject<PeerAuthentication | RequestAuthentication | AuthorizationPolicy | Telemetry>(
        world,
        kind,
        ({ object, origin }) => {
          const labels = object.spec?.selector?.matchLabels ?? {}
          const namespace = object.metadata.namespace ?? ''
          const isRoot = namespace === world.snapshot.platform.rootNamespace
          // A PeerAuthentication of the root namespace with a selector is told by compile (SP0602).
          if (Object.keys(labels).length === 0 || (isRoot && kind === PEER_AUTHENTICATION)) return []
          // Only of policies does a selector in the root namespace look into every namespace.
          const everywhere = isRoot && kind !== TELEMETRY
          const found = everywhere
            ? world.pods().some((pod) => hasLabels(pod.object.metadata.labels, labels))
            : world.podsWith(namespace, labels).length > 0
          if (found) return []
          const text = Object.entries(labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(',')
          const where = everywhere ? 'No pod' : `No pod in namespace ${namespace}`
          return [diagnostic('SP0604', origin('spec.selector'), `${where} has the labels ${text}.`)]
        },
      ),
    ),
})
