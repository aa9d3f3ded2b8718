// Annotations of Istio: those that do not exist (most likely typing errors), that stand on the wrong kind, that are on their way out or not
// finished, and values that injection cannot read.
import { type Diagnostic, diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { GATEWAY, INGRESS, NAMESPACE, POD, SERVICE } from '../../../../resources/kinds.ts'
import type { KubeObject } from '../../../../resources/object.ts'
import { annotationProblem } from '../../annotation-values.ts'
import { istioAnnotations as all } from '../../istio-annotations.gen.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

/** Under these prefixes there is nothing but what the list has. */
const PREFIXES = [
  'sidecar.istio.io/',
  'traffic.sidecar.istio.io/',
  'proxy.istio.io/',
  'status.sidecar.istio.io/',
]
/** Injection and sallyport's own API write these into pods. */
const WRITTEN = [
  'sidecar.istio.io/status',
  'sidecar.istio.io/interceptionMode',
  'traffic.sidecar.istio.io/includeInboundPorts',
  'traffic.sidecar.istio.io/excludeInboundPorts',
  'traffic.sidecar.istio.io/includeOutboundIPRanges',
]

/** Replicas of one workload have the same annotations: they are told once. */
const workloadOf = ({ kind, metadata }: KubeObject): string => {
  const [owner] = (metadata.ownerReferences ?? []) as readonly { readonly uid?: string }[]
  return owner?.uid ?? `${kind} ${metadata.namespace}/${metadata.name}`
}

function finding(
  name: string,
  value: string,
  { kind }: KubeObject,
  at: Diagnostic['origin'],
): readonly Diagnostic[] {
  const known = all[name]
  if (!known)
    return PREFIXES.some((prefix) => name.startsWith(prefix))
      ? [diagnostic('SP0712', at, `${name} is no annotation of Istio.`)]
      : []
  const { status, kinds } = known
  if (!kinds.includes('Any') && !kinds.includes(kind))
    return [
      diagnostic(
        'SP0718',
        at,
        `${name} on a ${kind} has no effect: Istio reads it from ${kinds.join(' and ')}.`,
      ),
    ]
  const problem = annotationProblem(name, value)
  if (problem) return [diagnostic('SP0717', at, `${name} is ${JSON.stringify(value)}: ${problem}.`)]
  if (kind === 'Pod' && WRITTEN.includes(name)) return []
  if (status === 'deprecated') return [diagnostic('SP0715', at, `${name} is deprecated in Istio.`)]
  return status === 'alpha' ? [diagnostic('SP0716', at, `${name} is alpha in Istio.`)] : []
}

export const istioAnnotations = rule({
  codes: ['SP0712', 'SP0715', 'SP0716', 'SP0717', 'SP0718'],
  check: (world) => {
    const seen = new Set<string>()
    return [POD, NAMESPACE, SERVICE, GATEWAY, INGRESS].flatMap((kind) =>
      perObject(world, kind, ({ object, origin }) =>
        Object.entries(object.metadata.annotations ?? {}).flatMap(([name, value]) => {
          const found = finding(name, value, object, origin(`metadata.annotations[${name}]`))
          const key = `${workloadOf(object)} ${name}`
          if (found.length === 0 || seen.has(key)) return []
          seen.add(key)
          return found
        }),
      ),
    )
  },
})
