// The attributes of spans that a Telemetry asks for, and those that Istio adds of itself.
import type { TraceTag } from '../../ir/tracing.ts'
import { POD } from '../../resources/kinds.ts'
import type { Pod } from '../../resources/pod.ts'
import type { CustomTag } from '../../resources/telemetry.ts'
import { demandText } from '../demand.ts'
import { readMesh, readObject } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'
import type { PodFacts } from '../workload/pod-facts.ts'

/** Sorted by name; a tag of the user's takes the place of one of Istio's. */
export function traceTags(
  read: Read,
  podKey: string,
  pod: PodFacts,
  istioTags: boolean,
  custom: Readonly<Record<string, CustomTag>>,
): readonly TraceTag[] {
  const tags = new Map<string, TraceTag>()
  if (istioTags) for (const tag of istios(read, pod)) tags.set(tag.name, tag)
  for (const [name, tag] of Object.entries(custom)) {
    const made = customTag(read, podKey, name, tag)
    if (made !== undefined) tags.set(name, made)
  }
  return [...tags.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function istios(read: Read, { labels, workload, namespace }: PodFacts): readonly TraceTag[] {
  const literals = {
    'istio.canonical_revision':
      labels['service.istio.io/canonical-revision'] ?? labels['version'] ?? 'latest',
    'istio.canonical_service': labels['service.istio.io/canonical-name'] ?? labels['app'] ?? workload,
    'istio.cluster_id': 'Kubernetes',
    'istio.mesh_id': readMesh(read).trustDomain,
    'istio.namespace': namespace,
  }
  return Object.entries(literals).map(([name, literal]) => ({ name, literal }))
}

function customTag(
  read: Read,
  podKey: string,
  name: string,
  { literal, header, environment }: CustomTag,
): TraceTag | undefined {
  const at = `spec.tracing[].customTags.${name}`
  if (literal !== undefined) return { name, literal: demandText(literal.value ?? '', `${at}.literal.value`) }
  if (header !== undefined) {
    const { defaultValue } = header
    return {
      name,
      header: demandText(header.name, `${at}.header.name`).toLowerCase(),
      ...(defaultValue === undefined
        ? {}
        : { default: demandText(defaultValue, `${at}.header.defaultValue`) }),
    }
  }
  if (environment === undefined) return undefined
  const variable = demandText(environment.name, `${at}.environment.name`)
  const value = variableOf(read, podKey, variable) ?? environment.defaultValue
  return value === undefined ? undefined : { name, literal: value }
}

/** A variable of the pod's containers, as far as the object tells its value. */
function variableOf(read: Read, podKey: string, name: string): string | undefined {
  const pod = readObject<Pod>(read, POD, podKey)?.object
  const containers = [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])]
  const found = containers.flatMap(({ env }) => env ?? []).find((one) => one.name === name)
  const path = found?.valueFrom?.fieldRef?.fieldPath
  if (path === 'metadata.name') return pod?.metadata.name
  return path === 'metadata.namespace' ? pod?.metadata.namespace : found?.value
}
