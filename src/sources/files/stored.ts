// From an object as a user writes it to the form in which the API stores it: old faces converted, a namespace filled in.

import type { IngressBackend, IngressPath, IngressRule } from '../../resources/ingress.ts'
import { type KubeObject, parseApiVersion } from '../../resources/object.ts'

export interface Stored {
  readonly object: KubeObject
  /** From a field path of the stored form to the one that was written. */
  readonly field: (path: string) => string
}

const CLUSTER_SCOPED = new Set([
  'Namespace',
  'Node',
  'IngressClass',
  'GatewayClass',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'PersistentVolume',
  'StorageClass',
  'PriorityClass',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
])

interface OldBackend {
  readonly serviceName?: string
  readonly servicePort?: number | string
  readonly resource?: unknown
}

interface OldIngressSpec {
  readonly backend?: OldBackend
  readonly rules?: readonly {
    readonly host?: string
    readonly http?: {
      readonly paths?: readonly (Omit<IngressPath, 'backend'> & { readonly backend: OldBackend })[]
    }
  }[]
}

function backend(old: OldBackend): IngressBackend {
  if (old.serviceName === undefined) return old.resource === undefined ? {} : { resource: old.resource }
  const { servicePort } = old
  const port =
    typeof servicePort === 'number' || /^\d+$/.test(servicePort ?? '')
      ? { number: Number(servicePort) }
      : { name: servicePort ?? '' }
  return { service: { name: old.serviceName, port } }
}

/** extensions/v1beta1 and networking.k8s.io/v1beta1 as networking.k8s.io/v1 (a path without type is ImplementationSpecific). */
function ingressFromBeta(object: KubeObject): Stored {
  const { backend: fallback, rules, ...rest } = ((object as { spec?: unknown }).spec ?? {}) as OldIngressSpec
  const spec = {
    ...rest,
    ...(fallback === undefined ? {} : { defaultBackend: backend(fallback) }),
    ...(rules === undefined
      ? {}
      : {
          rules: rules.map(
            (rule): IngressRule => ({
              ...rule,
              ...(rule.http === undefined
                ? {}
                : {
                    http: {
                      paths: (rule.http.paths ?? []).map((path) => ({
                        ...path,
                        pathType: path.pathType ?? 'ImplementationSpecific',
                        backend: backend(path.backend),
                      })),
                    },
                  }),
            }),
          ),
        }),
  }
  const field = (path: string): string =>
    path
      .replace(/^spec\.defaultBackend/, 'spec.backend')
      .replace(/\.backend\.service\.port\.(number|name)$/, '.backend.servicePort')
      .replace(/\.backend\.service\.name$/, '.backend.serviceName')
  return { object: { ...object, apiVersion: 'networking.k8s.io/v1', spec } as KubeObject, field }
}

const same = (path: string): string => path

function converted(object: KubeObject): Stored {
  const { group, version } = parseApiVersion(object.apiVersion)
  if (object.kind === 'Ingress' && version === 'v1beta1') return ingressFromBeta(object)
  const istio = group === 'networking.istio.io' || group === 'security.istio.io'
  return { object: istio ? { ...object, apiVersion: `${group}/v1` } : object, field: same }
}

/** Secret stringData becomes data, as the API does. */
function withData(object: KubeObject): KubeObject {
  const { stringData, data, ...rest } = object as KubeObject & {
    stringData?: Readonly<Record<string, string>>
    data?: Readonly<Record<string, string>>
  }
  if (object.kind !== 'Secret' || stringData === undefined) return object
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')])
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } } as KubeObject
}

/** The stored form of an object, and where its fields were written. */
export function toStored(object: KubeObject, defaultNamespace: string): Stored {
  const { object: current, field } = converted(object)
  const { metadata } = current
  const namespaced = !CLUSTER_SCOPED.has(current.kind) && metadata.namespace === undefined
  return {
    object: withData(
      namespaced ? { ...current, metadata: { ...metadata, namespace: defaultNamespace } } : current,
    ),
    field,
  }
}
