// The mutual TLS mode of a workload's port: port, then workload, then namespace, then mesh, then PERMISSIVE; the oldest wins within a scope (istio.md 4).
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import { PEER_AUTHENTICATION } from '../../resources/kinds.ts'
import type { MtlsMode, PeerAuthentication } from '../../resources/peer-authentication.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { readKeys, readObject, readPlatform } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { compareAge } from '../istio/age.ts'
import { selects } from '../workload/pod-facts.ts'

export type Mode = Exclude<MtlsMode, 'UNSET'>

export interface EffectiveMode {
  readonly mode: Mode
  /** What decided; absent: the default. */
  readonly origin?: Origin
}

type Policy = Resource<PeerAuthentication>

/** The policies of a namespace, oldest first. */
const policiesIn = query<readonly Policy[]>('peer-authentications-in', (read, namespace) =>
  readKeys(read, PEER_AUTHENTICATION)
    .filter((key) => key.startsWith(`${namespace}/`))
    .flatMap((key) => readObject<PeerAuthentication>(read, PEER_AUTHENTICATION, key) ?? [])
    .sort((a, b) => compareAge(a.object.metadata, b.object.metadata)),
)

const labelsOf = (policy: Policy): Readonly<Record<string, string>> =>
  policy.object.spec?.selector?.matchLabels ?? {}
const hasSelector = (policy: Policy): boolean => Object.keys(labelsOf(policy)).length > 0

function decided(policy: Policy | undefined): EffectiveMode | undefined {
  const mode = policy?.object.spec?.mtls?.mode
  if (policy === undefined || mode === undefined || mode === 'UNSET') return undefined
  return { mode, origin: policy.origin('spec.mtls.mode') }
}

function scopeMode(read: Read, namespace: string): EffectiveMode | undefined {
  return decided(read(policiesIn, namespace).find((policy) => !hasSelector(policy)))
}

/** The mode of a namespace as a client sees it, which knows neither workload nor port settings. */
export function namespaceMode(read: Read, namespace: string): Mode {
  const { rootNamespace } = readPlatform(read)
  return (scopeMode(read, namespace) ?? scopeMode(read, rootNamespace))?.mode ?? 'PERMISSIVE'
}

/** The mode of one pod port. */
export function effectiveMode(
  read: Read,
  namespace: string,
  labels: Readonly<Record<string, string>>,
  port: number,
): EffectiveMode {
  const { rootNamespace } = readPlatform(read)
  const workload =
    namespace === rootNamespace
      ? undefined
      : read(policiesIn, namespace).find((policy) => hasSelector(policy) && selects(labelsOf(policy), labels))
  const portMode = workload?.object.spec?.portLevelMtls?.[String(port)]?.mode
  if (workload !== undefined && portMode !== undefined && portMode !== 'UNSET') {
    return { mode: portMode, origin: workload.origin(`spec.portLevelMtls[${port}].mode`) }
  }
  return (
    decided(workload) ??
    scopeMode(read, namespace) ??
    scopeMode(read, rootNamespace) ?? { mode: 'PERMISSIVE' }
  )
}

/** What is wrong with one PeerAuthentication. */
export const peerAuthenticationFindings = query<readonly Diagnostic[]>(
  'peer-authentication-findings',
  (read, key) => {
    const policy = readObject<PeerAuthentication>(read, PEER_AUTHENTICATION, key)
    if (policy === undefined) return []
    const findings: Diagnostic[] = []
    if (hasSelector(policy) && policy.object.metadata.namespace === readPlatform(read).rootNamespace) {
      const message = 'A selector in the root namespace does not change the mode of any workload.'
      findings.push(diagnostic('SP0602', policy.origin('spec.selector'), message))
    }
    if (!hasSelector(policy) && Object.keys(policy.object.spec?.portLevelMtls ?? {}).length > 0) {
      findings.push(
        diagnostic('SP0603', policy.origin('spec.portLevelMtls'), 'portLevelMtls needs a selector.'),
      )
    }
    return findings
  },
)
