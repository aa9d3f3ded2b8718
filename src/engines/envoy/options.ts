// What the Envoy engine needs beyond the contract.
import type { Proxy } from '../../ir/proxy.ts'
import type { EngineOptions } from '../engine.ts'

/** Certificate, key and trust anchors as PEM. */
export interface PemIdentity {
  readonly certificate: string
  readonly key: string
  readonly trust: string
}

export interface NamedIdentity extends PemIdentity {
  readonly uri: string
  /** Milliseconds since the epoch. */
  readonly notAfter: number
}

/** Identities on the ADS port, as they are now: whoever gives them out renews them. */
export interface AdsIdentities {
  /** The control plane's own, and the URI by which Envoys know it. */
  server(): NamedIdentity
  /** The one with which the Envoy of a proxy speaks to the control plane. */
  client(proxy: string): NamedIdentity
  /** Calls back when identities were renewed; returns how to stop that. */
  onRenewed(renewed: () => void): () => void
}

export interface EnvoyEngineOptions extends EngineOptions {
  /** The Envoy binary; `find-envoy` looks for one. Absent: no Envoy is started, those that connect are served (`sallyport xds`). */
  readonly binary?: string
  /** Where bootstraps, identities and logs of the Envoys are kept. */
  readonly directory: string
  /** Where the control plane listens; port 0: chosen by the system. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Who speaks on the ADS port. Absent only for tests: plaintext. */
  readonly identities?: AdsIdentities
  /** Whether a peer with these verified names may speak for a proxy. Default: one with the name of the proxy's identity, or anybody on plaintext. */
  readonly authorize?: (proxy: Proxy, peer: readonly string[]) => boolean
  readonly log: (text: string) => void
}
