// What the Envoy engine needs beyond the contract.
import type { Proxy } from '../../ir/proxy.ts'
import type { EngineOptions } from '../engine.ts'

/** Certificate, key and trust anchors as PEM. */
export interface PemIdentity {
  readonly certificate: string
  readonly key: string
  readonly trust: string
}

export interface EnvoyEngineOptions extends EngineOptions {
  /** The Envoy binary; `find-envoy` looks for one. Absent: no Envoy is started, those that connect are served (`sallyport xds`). */
  readonly binary?: string
  /** Where bootstraps, identities and logs of the Envoys are kept. */
  readonly directory: string
  /** Where the control plane listens; port 0: chosen by the system. */
  readonly listen: { readonly host: string; readonly port: number }
  /** The control plane's own certificate, and the URI by which Envoys know it. Absent only for tests: plaintext. */
  readonly server?: PemIdentity & { readonly uri: string }
  /** The identity with which the Envoy of a proxy speaks to the control plane, and the name in it. */
  readonly client?: (proxy: string) => PemIdentity & { readonly uri: string }
  /** Whether a peer with these verified names may speak for a proxy. Default: one with the name in `client`, or anybody without it. */
  readonly authorize?: (proxy: Proxy, peer: readonly string[]) => boolean
  readonly log: (text: string) => void
}
