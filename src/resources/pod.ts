// Pod (v1): the fields that are read, and the labels and annotations that say what part it has in the mesh.
import type { KubeObject } from './object.ts'

/** `alb` or `gateway`: this pod is a proxy of that kind. */
export const PROXY_ANNOTATION = 'sallyport.dev/proxy'
/** Where the program of an injected pod really listens: reached by its sidecar only. */
export const APP_ADDRESS_ANNOTATION = 'sallyport.dev/app-address'
/** `istio` on pods whose sidecar takes Istio mutual TLS; set by injection. */
export const TLS_MODE_LABEL = 'security.istio.io/tlsMode'
/** The container that injection adds. */
export const SIDECAR_CONTAINER = 'istio-proxy'

export interface Container {
  readonly name: string
  readonly image?: string
  readonly ports?: readonly {
    readonly name?: string
    readonly containerPort: number
    readonly protocol?: string
  }[]
  readonly env?: readonly {
    readonly name?: string
    readonly value?: string
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath?: string } }
  }[]
}

export interface PodSpec {
  readonly nodeName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly serviceAccountName?: string
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
}

export interface Pod extends KubeObject {
  readonly spec?: PodSpec
  readonly status?: {
    readonly phase?: string
    readonly podIP?: string
    readonly podIPs?: readonly { readonly ip: string }[]
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

/** Deployment (apps/v1): its template is all that is read, when a folder of files is to stand for running pods. */
export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly template?: {
      readonly metadata?: {
        readonly labels?: Readonly<Record<string, string>>
        readonly annotations?: Readonly<Record<string, string>>
      }
      readonly spec?: PodSpec
    }
  }
}
