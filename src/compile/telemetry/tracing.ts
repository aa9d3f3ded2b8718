// The tracing of one side of a workload: the entries of its Telemetry objects merged field by field, as istiod does.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import { TRACING_DEFAULTS, type Tracing } from '../../ir/tracing.ts'
import type { CustomTag, TracingSpec } from '../../resources/telemetry.ts'
import { demandNumber } from '../demand.ts'
import type { Read } from '../graph/query.ts'
import type { PodFacts } from '../workload/pod-facts.ts'
import { namedTarget, surroundingTarget, type Target } from './collector.ts'
import { meshConfig } from './mesh-config.ts'
import { failed, type Judged } from './problem.ts'
import { traceTags } from './tags.ts'
import { isFor, type Side, telemetriesFor } from './telemetries.ts'

/** What the entries say together. */
interface Merged {
  readonly provider?: { readonly name: string; readonly origin: Origin }
  readonly disabled: boolean
  readonly samplePercent?: number
  readonly istioTags: boolean
  readonly tags: Readonly<Record<string, CustomTag>>
  /** The last entry. */
  readonly origin?: Origin
}

function merge(before: Merged, entry: TracingSpec, origin: (field: string) => Origin): Merged {
  const name = entry.providers?.[0]?.name
  const { disableSpanReporting, randomSamplingPercentage: sampling, enableIstioTags, customTags } = entry
  return {
    ...before,
    ...(name === undefined ? {} : { provider: { name, origin: origin('.providers[0].name') } }),
    ...(sampling === undefined
      ? {}
      : { samplePercent: demandNumber(sampling, 'spec.tracing[].randomSamplingPercentage') }),
    disabled: disableSpanReporting ?? before.disabled,
    istioTags: enableIstioTags ?? before.istioTags,
    tags: customTags ?? before.tags,
    origin: origin(''),
  }
}

/** Undefined: the manager does not trace. */
export function tracingOf(
  read: Read,
  podKey: string,
  pod: PodFacts,
  side: Side,
): Judged<Tracing | undefined> {
  const { config, origin: meshOrigin } = read(meshConfig, '')
  const usual = config.defaultProviders?.tracing?.[0]
  const start: Merged = {
    disabled: false,
    istioTags: pod.role !== 'alb',
    tags: {},
    ...(usual === undefined || pod.role === 'alb' ? {} : { provider: { name: usual, origin: meshOrigin } }),
  }
  const merged = telemetriesFor(read, pod).reduce(
    (all, { object, origin }) =>
      (object.spec?.tracing ?? []).reduce(
        (so, entry, index) =>
          isFor(entry.match?.mode, side)
            ? merge(so, entry, (field) => origin(`spec.tracing[${index}]${field}`))
            : so,
        all,
      ),
    start,
  )
  const target = targetFor(read, merged)
  if (merged.disabled || target.value === undefined)
    return { value: undefined, diagnostics: target.diagnostics }
  return { value: tracing(read, podKey, pod, side, merged, target.value), diagnostics: target.diagnostics }
}

function targetFor(read: Read, { provider, disabled, origin }: Merged): Judged<Target | undefined> {
  if (provider !== undefined) return namedTarget(read, provider.name, provider.origin)
  const surrounding = surroundingTarget(read)
  if (surrounding !== undefined) return { value: surrounding, diagnostics: [] }
  const none: readonly Diagnostic[] = []
  if (origin === undefined || disabled) return { value: undefined, diagnostics: none }
  return failed(
    'SP1105',
    origin,
    'No provider is named here or among the defaults of the mesh: nothing is traced.',
  )
}

function tracing(
  read: Read,
  podKey: string,
  pod: PodFacts,
  side: Side,
  { samplePercent, istioTags, tags }: Merged,
  target: Target,
): Tracing {
  const { sampling, maxPathTagLength } = read(meshConfig, '').config.defaultConfig?.tracing ?? {}
  const percent = samplePercent ?? target.samplePercent ?? sampling ?? TRACING_DEFAULTS.samplePercent
  const longest = target.maxPathLength ?? maxPathTagLength ?? TRACING_DEFAULTS.maxPathLength
  return {
    side,
    samplePercent: Math.min(100, Math.max(0, demandNumber(percent, 'defaultConfig.tracing.sampling'))),
    tags: traceTags(read, podKey, pod, istioTags, tags),
    maxPathLength: demandNumber(longest, 'defaultConfig.tracing.maxPathTagLength'),
    collector: { ...target.collector, service: `${pod.workload}.${pod.namespace}` },
  }
}
