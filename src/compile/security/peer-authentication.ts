// The mutual TLS mode of a workload's port: port, then workload, then namespace, then mesh, then PERMISSIVE; the oldest wins within a scope (istio.md 4).
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import { PEER_AUTHENTICATION } from '../../resources/kinds.ts'
import type { MtlsMode, PeerAuthentication } from '../../resources/peer-authentication.ts'
import { demandTextMap } from '../demand.ts'
import { guarded } from '../graph/guarded.ts'
import { readKeys, readObject, readPlatform } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { type Age, compareAge } from '../istio/age.ts'
import { selects } from '../workload/pod-facts.ts'

export type Mode = Exclude<MtlsMode, 'UNSET'>

export interface EffectiveMode {
  readonly mode: Mode
  /** What decided; absent: the default. */
  readonly origin?: Origin
}

interface Policy {
  readonly age: Age
  /** Absent: the whole namespace. */
  readonly selector?: Readonly<Record<string, string>>
  readonly own?: EffectiveMode
  /** By pod port. */
  readonly ports: ReadonlyMap<string, EffectiveMode>
}

const MODES: readonly string[] = ['DISABLE', 'PERMISSIVE', 'STRICT']

/** UNSET inherits; a mode that is none is the strictest. */
function modeOf(mode: string | undefined): Mode | undefined {
  if (mode === undefined || mode === 'UNSET') return undefined
  return MODES.includes(mode) ? (mode as Mode) : 'STRICT'
}

function readPolicy(read: Read, key: string): Policy | undefined {
  const resource = readObject<PeerAuthentication>(read, PEER_AUTHENTICATION, key)
  if (resource === undefined) return undefined
  const { metadata, spec } = resource.object
  const { name, namespace, creationTimestamp } = metadata
  const labels = demandTextMap(spec?.selector?.matchLabels, 'spec.selector.matchLabels')
  const own = modeOf(spec?.mtls?.mode)
  const ports = Object.entries(spec?.portLevelMtls ?? {}).flatMap(([port, one]) => {
    const mode = modeOf(one.mode)
    return mode === undefined
      ? []
      : [[port, { mode, origin: resource.origin(`spec.portLevelMtls[${port}].mode`) }] as const]
  })
  return {
    age: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    ...(Object.keys(labels).length === 0 ? {} : { selector: labels }),
    ...(own === undefined ? {} : { own: { mode: own, origin: resource.origin('spec.mtls.mode') } }),
    ports: new Map(ports),
  }
}

/** One that cannot be read asks for the strictest in its whole namespace. */
const reader = guarded<Policy | undefined>('peer-authentication', PEER_AUTHENTICATION, readPolicy, {
  age: { name: '' },
  own: { mode: 'STRICT' },
  ports: new Map(),
})

/** The policies of a namespace, oldest first. */
const policiesIn = query<readonly Policy[]>('peer-authentications-in', (read, namespace) =>
  readKeys(read, PEER_AUTHENTICATION)
    .filter((key) => key.startsWith(`${namespace}/`))
    .flatMap((key) => read(reader.value, key) ?? [])
    .sort((a, b) => compareAge(a.age, b.age)),
)

function scopeMode(read: Read, namespace: string): EffectiveMode | undefined {
  return read(policiesIn, namespace).find((policy) => policy.selector === undefined)?.own
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
      : read(policiesIn, namespace).find(
          (policy) => policy.selector !== undefined && selects(policy.selector, labels),
        )
  return (
    workload?.ports.get(String(port)) ??
    workload?.own ??
    scopeMode(read, namespace) ??
    scopeMode(read, rootNamespace) ?? { mode: 'PERMISSIVE' }
  )
}

/** What is wrong with one PeerAuthentication. */
export const peerAuthenticationFindings = query<readonly Diagnostic[]>(
  'peer-authentication-findings',
  (read, key) => {
    const faults = read(reader.faults, key)
    const policy = read(reader.value, key)
    const resource = readObject<PeerAuthentication>(read, PEER_AUTHENTICATION, key)
    if (policy === undefined || resource === undefined || faults.length > 0) return faults
    const findings: Diagnostic[] = []
    if (policy.selector !== undefined && policy.age.namespace === readPlatform(read).rootNamespace) {
      const message = 'A selector in the root namespace does not change the mode of any workload.'
      findings.push(diagnostic('SP0602', resource.origin('spec.selector'), message))
    }
    if (policy.selector === undefined && Object.keys(resource.object.spec?.portLevelMtls ?? {}).length > 0) {
      findings.push(
        diagnostic('SP0603', resource.origin('spec.portLevelMtls'), 'portLevelMtls needs a selector.'),
      )
    }
    return findings
  },
)
