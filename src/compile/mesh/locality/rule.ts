// Which locality setting is in force for a cluster (Istio): the traffic policy's, else what the Service prefers, else the mesh's.
import type { LocalitySetting, PortPolicy } from '../../../resources/destination-rule.ts'
import { HOSTNAME_LABEL, REGION_LABEL, SUBZONE_LABEL, ZONE_LABEL } from '../../../resources/node.ts'

export type LocalityRule =
  | { readonly kind: 'distribute'; readonly distribute: NonNullable<LocalitySetting['distribute']> }
  | {
      readonly kind: 'failover'
      readonly failover: NonNullable<LocalitySetting['failover']>
      /** Labels, `name` or `name=value`; the first weighs most. */
      readonly labels: readonly string[]
      /** Localities of one priority share requests by their size, not their health (Istio: where somebody asked for an order). */
      readonly weighted: boolean
    }

const SAME_ZONE = [REGION_LABEL, ZONE_LABEL, SUBZONE_LABEL]

/** What a Service's trafficDistribution comes to; there is one network, so that Istio's first label says nothing. */
const PREFERENCES: Readonly<Record<string, readonly string[]>> = {
  PreferClose: SAME_ZONE,
  PreferSameZone: SAME_ZONE,
  PreferSameNode: [...SAME_ZONE, HOSTNAME_LABEL],
}

/**
 * The rule for a policy; undefined: all endpoints are alike. Failover needs outlier detection, for without it nobody finds out that an endpoint
 * fails; a preference of the Service does not.
 */
export function localityRule(
  policy: PortPolicy,
  trafficDistribution: string | undefined,
  mesh: LocalitySetting | undefined,
): LocalityRule | undefined {
  const own = policy.loadBalancer?.localityLbSetting
  const preferred = own === undefined ? PREFERENCES[trafficDistribution ?? ''] : undefined
  const detects = policy.outlierDetection !== undefined
  if (preferred !== undefined) return { kind: 'failover', failover: [], labels: preferred, weighted: detects }
  const setting = own ?? mesh ?? {}
  if (setting.enabled === false) return undefined
  if (setting.distribute !== undefined && setting.distribute.length > 0)
    return { kind: 'distribute', distribute: setting.distribute }
  if (!detects) return undefined
  const { failover = [], failoverPriority: labels = [] } = setting
  return { kind: 'failover', failover, labels, weighted: failover.length > 0 || labels.length > 0 }
}
