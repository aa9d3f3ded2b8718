// From an object as a user writes it towards the form in which the API stores it: a namespace filled in, texts of Secrets encoded.
import { type KubeObject, parseApiVersion } from '../../resources/object.ts'

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

export interface Stored {
  readonly object: KubeObject
  /** From a field path of the storage version to the one in the face that was written. */
  readonly field: (path: string) => string
}

function writtenField(written: KubeObject): Stored['field'] {
  const old = written.kind === 'Ingress' && parseApiVersion(written.apiVersion).version === 'v1beta1'
  if (!old) return (path) => path
  return (path) =>
    path
      .replace(/^spec\.defaultBackend/, 'spec.backend')
      .replace(/\.backend\.service\.port(\.(number|name))?$/, '.backend.servicePort')
      .replace(/\.backend\.service(\.name)?$/, '.backend.serviceName')
}

/** An object with the namespace it gets and its data as stored; the face stays that of the file. */
export function toStored(object: KubeObject, defaultNamespace: string): Stored {
  const { metadata } = object
  const namespaced = !CLUSTER_SCOPED.has(object.kind) && metadata.namespace === undefined
  const placed = namespaced ? { ...object, metadata: { ...metadata, namespace: defaultNamespace } } : object
  return { object: withData(placed), field: writtenField(object) }
}
