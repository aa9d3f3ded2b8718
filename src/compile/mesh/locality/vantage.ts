// From where a proxy sees endpoints: its locality, and those of its labels that a rule of failover goes by.
import type { Locality } from '../../../ir/locality.ts'
import type { DestinationRule, PortPolicy, TrafficPolicy } from '../../../resources/destination-rule.ts'
import { DESTINATION_RULE, SERVICE } from '../../../resources/kinds.ts'
import {
  HOSTNAME_LABEL,
  REGION_LABEL,
  SUBZONE_LABEL,
  withPlace,
  ZONE_LABEL,
} from '../../../resources/node.ts'
import { readKeys, readObject } from '../../graph/inputs.ts'
import { query, type Read } from '../../graph/query.ts'
import { meshConfig } from '../../telemetry/mesh-config.ts'
import { serviceFacts } from '../../workload/services.ts'
import type { Vantage } from './place.ts'

/** Of every place of a rule where a locality setting may stand. */
const policiesOf = ({ spec }: DestinationRule): readonly PortPolicy[] =>
  [spec?.trafficPolicy, ...(spec?.subsets ?? []).map((subset) => subset.trafficPolicy)].flatMap(
    (policy: TrafficPolicy | undefined) =>
      policy === undefined ? [] : [policy, ...(policy.portLevelSettings ?? [])],
  )

const labelsOfRule = query<readonly string[]>(
  'failover-labels-of',
  (read, key) => {
    const rule = readObject<DestinationRule>(read, DESTINATION_RULE, key)?.object
    return rule === undefined
      ? []
      : policiesOf(rule).flatMap((one) => one.loadBalancer?.localityLbSetting?.failoverPriority ?? [])
  },
  () => [],
)

/** Changes less often than the Service. */
const prefersNode = query<boolean>(
  'prefers-node',
  (read, key) => read(serviceFacts, key)?.trafficDistribution === 'PreferSameNode',
)

/** Names of all labels that any rule compares between client and endpoint, so that clients that are alike in them share their clusters. */
const failoverLabels = query<readonly string[]>('failover-labels', (read) => {
  const rules = readKeys(read, DESTINATION_RULE).flatMap((key) => read(labelsOfRule, key))
  const mesh = read(meshConfig, '').config.localityLbSetting?.failoverPriority ?? []
  const named = [...rules, ...mesh].filter((label) => !label.includes('='))
  const perNode = readKeys(read, SERVICE).some((key) => read(prefersNode, key))
  return [
    ...new Set([
      ...[REGION_LABEL, ZONE_LABEL, SUBZONE_LABEL],
      ...(perNode ? [HOSTNAME_LABEL] : []),
      ...named,
    ]),
  ].sort()
})

/** The vantage point of a pod or, with what they have in common, of several. */
export function vantageOf(
  read: Read,
  pod: {
    readonly labels: Readonly<Record<string, string>>
    readonly locality?: Locality
    readonly node?: string
  },
): Vantage {
  const all = withPlace(pod.labels, pod.locality, pod.node)
  const labels = read(failoverLabels, '').flatMap((name) =>
    all[name] === undefined ? [] : [[name, all[name]] as const],
  )
  return {
    ...(pod.locality === undefined ? {} : { locality: pod.locality }),
    labels: Object.fromEntries(labels),
  }
}
