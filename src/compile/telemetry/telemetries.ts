// Which Telemetry objects are for a workload, weakest first: the root namespace's, the namespace's own, and the oldest there whose selector fits.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { TELEMETRY } from '../../resources/kinds.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { Telemetry, WorkloadMode } from '../../resources/telemetry.ts'
import { demandTextMap } from '../demand.ts'
import { guarded } from '../graph/guarded.ts'
import { readKeys, readObject, readPlatform } from '../graph/inputs.ts'
import { type Query, query, type Read } from '../graph/query.ts'
import { type Age, compareAge } from '../istio/age.ts'
import { type PodFacts, selects } from '../workload/pod-facts.ts'

/** The two sides of a workload: what it is called for, and what it calls. */
export type Side = 'inbound' | 'outbound'

interface Scope extends Age {
  readonly key: string
  /** Absent: the whole namespace. */
  readonly selector?: Readonly<Record<string, string>>
}

function readScope(read: Read, key: string): Scope | undefined {
  const object = readObject<Telemetry>(read, TELEMETRY, key)?.object
  if (object === undefined) return undefined
  const { name, namespace, creationTimestamp } = object.metadata
  const selector = demandTextMap(object.spec?.selector?.matchLabels, 'spec.selector.matchLabels')
  return {
    key,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(Object.keys(selector).length === 0 ? {} : { selector }),
  }
}

const reader = guarded<Scope | undefined>('telemetry-scope', TELEMETRY, readScope, undefined)
/** Why a Telemetry could not be read: it counts for nothing then. */
export const telemetryFaults: Query<readonly Diagnostic[]> = reader.faults

/** Of one namespace, oldest first. */
const scopesIn = query<readonly Scope[]>('telemetries-in', (read, namespace) =>
  readKeys(read, TELEMETRY)
    .filter((key) => key.startsWith(`${namespace}/`))
    .flatMap((key) => read(reader.value, key) ?? [])
    .sort(compareAge),
)

/** The Telemetry objects for a pod. The ALB is no part of the mesh: the root namespace's is not for it. */
export function telemetriesFor(read: Read, pod: PodFacts): readonly Resource<Telemetry>[] {
  const { rootNamespace } = readPlatform(read)
  const own = read(scopesIn, pod.namespace)
  const keys = [
    ...(pod.role === 'alb' || pod.namespace === rootNamespace
      ? []
      : [read(scopesIn, rootNamespace).find((one) => one.selector === undefined)]),
    own.find((one) => one.selector === undefined),
    own.find((one) => one.selector !== undefined && selects(one.selector, pod.labels)),
  ].flatMap((one) => one?.key ?? [])
  return keys.flatMap((key) => readObject<Telemetry>(read, TELEMETRY, key) ?? [])
}

/** Whether an entry is for a side; without a mode it is for both. */
export function isFor(mode: WorkloadMode | undefined, side: Side): boolean {
  return mode === undefined || mode === 'CLIENT_AND_SERVER' || (mode === 'SERVER') === (side === 'inbound')
}
