// The ServiceAccount admission of pods: every pod runs as an account, and finds its token where Kubernetes clients look for it.
import { SERVICE_ACCOUNT } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { RuleContext } from '../kind.ts'
import { forbidden } from '../status-error.ts'
import type { Container, Pod, Volume } from './pod-type.ts'

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
/** An hour and seven seconds: by the odd number upstream tells tokens that it added itself. */
const TOKEN_SECONDS = 3607

interface ServiceAccount extends KubeObject {
  readonly automountServiceAccountToken?: boolean
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
}

/** The pod with its account, token volume and pull secrets. Throws 403 when a named account does not exist. */
export function admitServiceAccount(pod: Pod, context: RuleContext): Pod {
  const spec = pod.spec ?? {}
  const name = spec.serviceAccountName || 'default'
  const { namespace = '' } = pod.metadata
  const account = context.get(SERVICE_ACCOUNT, name, namespace) as ServiceAccount | undefined
  // the namespace controller makes `default` in a moment; a pod need not wait for it
  if (!account && name !== 'default') {
    throw forbidden(
      { group: '', plural: 'pods' },
      pod.metadata.name,
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    )
  }
  const pullSecrets = spec.imagePullSecrets?.length ? spec.imagePullSecrets : account?.imagePullSecrets
  const named: Pod = {
    ...pod,
    spec: {
      ...spec,
      serviceAccountName: name,
      serviceAccount: name,
      ...(pullSecrets ? { imagePullSecrets: pullSecrets } : {}),
    },
  }
  const automount = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true
  return automount ? withToken(named) : named
}

function withToken(pod: Pod): Pod {
  const spec = pod.spec ?? {}
  const present = spec.volumes?.find((volume) => volume.name?.startsWith('kube-api-access-'))
  const volume = present ?? tokenVolume(pod)
  let used = false
  const mount = (container: Container): Container => {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_PATH)) return container
    used = true
    const added = { name: volume.name ?? '', readOnly: true, mountPath: TOKEN_PATH }
    return { ...container, volumeMounts: [...(container.volumeMounts ?? []), added] }
  }
  const containers = spec.containers?.map(mount)
  const initContainers = spec.initContainers?.map(mount)
  if (!used) return pod
  return {
    ...pod,
    spec: {
      ...spec,
      ...(containers ? { containers } : {}),
      ...(initContainers ? { initContainers } : {}),
      volumes: present ? (spec.volumes ?? []) : [...(spec.volumes ?? []), volume],
    },
  }
}

function tokenVolume({ metadata: { uid = '' } }: Pod): Volume {
  return {
    // upstream's suffix is random; any that differs between pods will do
    name: `kube-api-access-${uid.replaceAll('-', '').slice(-5)}`,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  }
}
