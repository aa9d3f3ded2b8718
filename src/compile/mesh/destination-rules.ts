// Which DestinationRule governs a host for a client: looked up in the client's, the service's and the root namespace (istio.md 3).

import type { DestinationRule, Subset, TrafficPolicy } from '../../resources/destination-rule.ts'
import { DESTINATION_RULE } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { demandTexts } from '../demand.ts'
import { guarded } from '../graph/guarded.ts'
import { readKeys, readObject, readPlatform } from '../graph/inputs.ts'
import { joinKey, query, type Read, splitKey } from '../graph/query.ts'
import { compareAge } from '../istio/age.ts'
import { hostWithin, isVisible, resolveHost } from '../istio/hosts.ts'
import { serviceKeyOfHost } from '../workload/services.ts'

interface RuleFacts {
  readonly key: string
  readonly host: string
  readonly namespace: string
  readonly name: string
  readonly creationTimestamp?: string
  readonly exportTo?: readonly string[]
}

/** What a lookup needs of a rule: changes less often than the rule. */
function readFacts(read: Read, key: string): RuleFacts | undefined {
  const rule = readObject<DestinationRule>(read, DESTINATION_RULE, key)?.object
  if (rule?.spec?.host === undefined || rule.spec.workloadSelector !== undefined) return undefined
  const { name, namespace = '', creationTimestamp } = rule.metadata
  return {
    key,
    host: resolveHost(rule.spec.host, namespace, readPlatform(read).clusterDomain),
    namespace,
    name,
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(rule.spec.exportTo === undefined
      ? {}
      : { exportTo: demandTexts(rule.spec.exportTo, 'spec.exportTo') }),
  }
}

const reader = guarded('destination-rule-facts', DESTINATION_RULE, readFacts, undefined)
/** Why a rule could not be read. */
export const destinationRuleFaults = reader.faults

const rulesByNamespace = query<readonly RuleFacts[]>('destination-rules-in', (read, namespace) =>
  readKeys(read, DESTINATION_RULE)
    .filter((key) => key.startsWith(`${namespace}/`))
    .flatMap((key) => read(reader.value, key) ?? [])
    .sort(compareAge),
)

/** The keys of the rules for a host as a client namespace sees it: those of the most specific host, oldest first. */
const rulesFor = query<readonly string[]>('destination-rules-for', (read, key) => {
  const [client, host] = splitKey(key)
  const { rootNamespace } = readPlatform(read)
  const owner = serviceKeyOfHost(read, host)?.split('/')[0]
  const places = [client === rootNamespace ? undefined : client, owner, rootNamespace]
  for (const place of new Set(places)) {
    if (place === undefined) continue
    const found = read(rulesByNamespace, place).filter(
      (rule) => hostWithin(host, rule.host) && isVisible(rule.exportTo, rule.namespace, client),
    )
    const most = Math.max(...found.map((rule) => specificity(rule.host)))
    const best = found.filter((rule) => specificity(rule.host) === most)
    if (best.length > 0) return best.map((rule) => rule.key)
  }
  return []
})

const specificity = (host: string): number => (host.startsWith('*') ? host.length : 1000 + host.length)

export interface HostPolicy {
  readonly policy?: TrafficPolicy
  readonly policyRule?: Resource<DestinationRule>
  readonly subsets: ReadonlyMap<
    string,
    { readonly subset: Subset; readonly rule: Resource<DestinationRule>; readonly field: string }
  >
}

/** All rules for a host merged: subsets add up, the first traffic policy wins. */
export const hostPolicy = query<HostPolicy>('host-policy', (read, key) => {
  const rules = read(rulesFor, key).flatMap(
    (rule) => readObject<DestinationRule>(read, DESTINATION_RULE, rule) ?? [],
  )
  const subsets = new Map<string, { subset: Subset; rule: Resource<DestinationRule>; field: string }>()
  for (const rule of rules) {
    for (const [index, subset] of (rule.object.spec?.subsets ?? []).entries()) {
      const name = subset.name ?? ''
      if (!subsets.has(name)) subsets.set(name, { subset, rule, field: `spec.subsets[${index}]` })
    }
  }
  const first = rules.find((rule) => rule.object.spec?.trafficPolicy !== undefined)
  const policy = first?.object.spec?.trafficPolicy
  return {
    ...(policy === undefined || first === undefined ? {} : { policy, policyRule: first }),
    subsets,
  }
})

/** The policy that a client namespace has for a host. */
export function policyFor(read: Read, client: string, host: string): HostPolicy {
  return read(hostPolicy, joinKey(client, host))
}
