// Annotations under Istio's sidecar prefixes that do not exist: most likely typing errors.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { NAMESPACE, POD } from '../../../../resources/kinds.ts'
import { perObject } from '../../per-object.ts'
import { rule } from '../../rule.ts'

/** Annotation names of istio/api that injection reads, by prefix. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'sidecar.istio.io/': [
    'agentLogLevel',
    'bootstrapOverride',
    'componentLogLevel',
    'controlPlaneAuthPolicy',
    'discoveryAddress',
    'enableCoreDump',
    'extraStatTags',
    'inject',
    'interceptionMode',
    'logLevel',
    'nativeSidecar',
    'proxyCPU',
    'proxyCPULimit',
    'proxyImage',
    'proxyImageType',
    'proxyMemory',
    'proxyMemoryLimit',
    'rewriteAppHTTPProbers',
    'statsCompression',
    'statsEvictionInterval',
    'statsHistogramBuckets',
    'statsInclusionPrefixes',
    'statsInclusionRegexps',
    'statsInclusionSuffixes',
    'status',
    'userVolume',
    'userVolumeMount',
  ],
  'traffic.sidecar.istio.io/': [
    'excludeInboundPorts',
    'excludeInterfaces',
    'excludeOutboundIPRanges',
    'excludeOutboundPorts',
    'includeInboundPorts',
    'includeOutboundIPRanges',
    'includeOutboundPorts',
    'kubevirtInterfaces',
  ],
}

const isUnknown = (annotation: string): boolean => {
  const slash = annotation.indexOf('/') + 1
  const known = KNOWN[annotation.slice(0, slash)]
  return known !== undefined && !known.includes(annotation.slice(slash))
}

export const sidecarAnnotations = rule({
  codes: ['SP0712'],
  check: (world) =>
    [POD, NAMESPACE].flatMap((kind) =>
      perObject(world, kind, ({ object, origin }) =>
        Object.keys(object.metadata.annotations ?? {})
          .filter(isUnknown)
          .map((name) =>
            diagnostic(
              'SP0712',
              origin(`metadata.annotations[${name}]`),
              `${name} of ${object.kind} ${object.metadata.name} is no annotation of Istio.`,
            ),
          ),
      ),
    ),
})
