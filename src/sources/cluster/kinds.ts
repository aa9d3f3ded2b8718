// What of a cluster routing depends on, and how an object of its API becomes one of ours.
import {
  AUTHORIZATION_POLICY,
  CONFIG_MAP,
  DESTINATION_RULE,
  ENDPOINT_SLICE,
  GATEWAY,
  INGRESS,
  INGRESS_CLASS,
  NAMESPACE,
  NODE,
  PEER_AUTHENTICATION,
  POD,
  REQUEST_AUTHENTICATION,
  SECRET,
  SERVICE,
  TELEMETRY,
  VIRTUAL_SERVICE,
} from '../../resources/kinds.ts'
import { apiVersionOf, type KindRef, type KubeObject, refOf } from '../../resources/object.ts'
import { type Container, type Pod, PROXY_ANNOTATION, SIDECAR_CONTAINER } from '../../resources/pod.ts'
import type { Resource } from '../../resources/snapshot.ts'

/** The kinds that are read. */
export const KINDS: readonly KindRef[] = [
  NAMESPACE,
  NODE,
  SECRET,
  CONFIG_MAP,
  SERVICE,
  ENDPOINT_SLICE,
  POD,
  INGRESS,
  INGRESS_CLASS,
  GATEWAY,
  VIRTUAL_SERVICE,
  DESTINATION_RULE,
  PEER_AUTHENTICATION,
  REQUEST_AUTHENTICATION,
  AUTHORIZATION_POLICY,
  TELEMETRY,
]
/** Roles that may read all the rest often may not read nodes. Without them only localities are unknown, so that such a cluster counts as having none. */
export const mayBeHidden = (kind: KindRef): boolean => kind === NODE

/** Versions of Istio's kinds that older clusters serve; the fields are the same. */
const OLDER = ['v1', 'v1beta1', 'v1alpha3', 'v1alpha1']

/** Where a kind may be found, best first. */
export function pathsOf({ group, version, plural }: KindRef): readonly string[] {
  const root = group === '' ? '/api' : `/apis/${group}`
  const versions = group.endsWith('.istio.io') ? OLDER : [version]
  return versions.map((one) => `${root}/${one}/${plural}`)
}

/** A pod of Istio's own gateways, which carry no mark of ours: their proxy runs as a router. */
function markGateway(pod: Pod): Pod {
  const { annotations = {} } = pod.metadata
  const proxy = pod.spec?.containers?.find(({ name }) => name === SIDECAR_CONTAINER) as
    | (Container & { readonly args?: readonly string[] })
    | undefined
  if (annotations[PROXY_ANNOTATION] !== undefined || !proxy?.args?.includes('router')) return pod
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...annotations, [PROXY_ANNOTATION]: 'gateway' } },
  }
}

/** An item of a list or a watch, at the version that we read. */
export function resource(kind: KindRef, item: KubeObject): Resource {
  const listed: KubeObject = { ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }
  const object = kind === POD ? markGateway(listed as Pod) : listed
  const ref = refOf(object)
  return { object, origin: (field) => (field === '' ? { object: ref } : { object: ref, field }) }
}
