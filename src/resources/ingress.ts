// Ingress (networking.k8s.io/v1): the fields that are read.
import type { KubeObject } from './object.ts'

export interface Ingress extends KubeObject {
  readonly spec?: {
    readonly ingressClassName?: string
    readonly defaultBackend?: IngressBackend
    readonly tls?: readonly IngressTls[]
    readonly rules?: readonly IngressRule[]
  }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } }
}

export interface IngressTls {
  readonly hosts?: readonly string[]
  readonly secretName?: string
}

export interface IngressRule {
  /** Absent: every host. */
  readonly host?: string
  readonly http?: { readonly paths?: readonly IngressPath[] }
}

export interface IngressPath {
  /** Absent or empty: `/`. */
  readonly path?: string
  readonly pathType?: 'Exact' | 'Prefix' | 'ImplementationSpecific'
  readonly backend: IngressBackend
}

export interface IngressBackend {
  readonly service?: {
    readonly name: string
    readonly port?: { readonly number?: number; readonly name?: string }
  }
  readonly resource?: unknown
}

/** IngressClass: only who serves it. */
export interface IngressClass extends KubeObject {
  readonly spec?: { readonly controller?: string }
}
