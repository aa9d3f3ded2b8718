// PeerAuthentication (security.istio.io): the fields that are read.
import type { KubeObject } from './object.ts'

export type MtlsMode = 'UNSET' | 'DISABLE' | 'PERMISSIVE' | 'STRICT'

export interface PeerAuthentication extends KubeObject {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly mtls?: { readonly mode?: MtlsMode }
    /** By pod port. */
    readonly portLevelMtls?: Readonly<Record<string, { readonly mode?: MtlsMode }>>
  }
}
