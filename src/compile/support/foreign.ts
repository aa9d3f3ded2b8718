// Kinds that are known and that nothing acts on.

export interface ForeignKind {
  readonly kind: string
  readonly group: string
  /** It restricts access: stored and not enforced it would deceive, so it is refused. */
  readonly security: boolean
}

const foreign = (group: string, kinds: readonly string[], security = false): readonly ForeignKind[] =>
  kinds.map((kind) => ({ kind, group, security }))

export const foreignKinds: readonly ForeignKind[] = [
  ...foreign('networking.k8s.io', ['NetworkPolicy'], true),
  ...foreign('networking.istio.io', [
    'ServiceEntry',
    'WorkloadEntry',
    'WorkloadGroup',
    'Sidecar',
    'EnvoyFilter',
    'ProxyConfig',
  ]),
  ...foreign('extensions.istio.io', ['WasmPlugin']),
  ...foreign('gateway.networking.k8s.io', [
    'Gateway',
    'HTTPRoute',
    'GRPCRoute',
    'TLSRoute',
    'TCPRoute',
    'ReferenceGrant',
  ]),
]
