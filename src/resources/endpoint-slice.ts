// EndpointSlice (discovery.k8s.io/v1): the fields that are read.
import type { KubeObject } from './object.ts'

/** The label by which a slice names its Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'

export interface EndpointSlice extends KubeObject {
  readonly addressType?: 'IPv4' | 'IPv6' | 'FQDN'
  readonly endpoints?: readonly SliceEndpoint[]
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[]
}

export interface SliceEndpoint {
  readonly addresses: readonly string[]
  /** Absent conditions count as ready. */
  readonly conditions?: {
    readonly ready?: boolean
    readonly serving?: boolean
    readonly terminating?: boolean
  }
  readonly targetRef?: { readonly kind?: string; readonly namespace?: string; readonly name?: string }
  readonly nodeName?: string
  readonly zone?: string
}
