// Pods as the cluster room reads and writes them (core/v1), the parts that are acted on.
import type { KubeObject, ObjectMeta } from '../../resources/object.ts'
import { PROXY_ANNOTATION, SIDECAR_CONTAINER, TLS_MODE_LABEL } from '../../resources/pod.ts'
import type { LifecycleHandler, Probe } from './probe.ts'
import type { Volume, VolumeMount } from './volume.ts'

/** One variable of `env`: a literal, or taken from elsewhere. */
export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string }
    readonly resourceFieldRef?: {
      readonly resource: string
      readonly containerName?: string
      readonly divisor?: string
    }
    readonly configMapKeyRef?: KeySelector
    readonly secretKeyRef?: KeySelector
  }
}

export interface KeySelector {
  readonly name: string
  readonly key: string
  readonly optional?: boolean
}

export interface EnvFrom {
  readonly prefix?: string
  readonly configMapRef?: { readonly name: string; readonly optional?: boolean }
  readonly secretRef?: { readonly name: string; readonly optional?: boolean }
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: string
}

export interface Resources {
  readonly limits?: Readonly<Record<string, string>>
  readonly requests?: Readonly<Record<string, string>>
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly ports?: readonly ContainerPort[]
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly EnvFrom[]
  readonly resources?: Resources
  readonly volumeMounts?: readonly VolumeMount[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly startupProbe?: Probe
  readonly lifecycle?: { readonly preStop?: LifecycleHandler; readonly postStart?: LifecycleHandler }
  readonly imagePullPolicy?: string
  /** Only on init containers: `Always` makes it a sidecar. */
  readonly restartPolicy?: string
  readonly securityContext?: unknown
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  readonly terminationGracePeriodSeconds?: number
  readonly nodeName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly schedulerName?: string
  readonly serviceAccountName?: string
  readonly hostNetwork?: boolean
  readonly hostname?: string
  readonly subdomain?: string
  readonly readinessGates?: readonly { readonly conditionType: string }[]
}

export interface PodCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly lastProbeTime?: string | null
}

export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string }
  readonly running?: { readonly startedAt: string }
  readonly terminated?: {
    readonly exitCode: number
    readonly signal?: number
    readonly reason: string
    readonly message?: string
    readonly startedAt: string
    readonly finishedAt: string
    readonly containerID?: string
  }
}

export interface ContainerStatus {
  readonly name: string
  readonly image: string
  readonly imageID: string
  readonly containerID?: string
  readonly ready: boolean
  readonly started: boolean
  readonly restartCount: number
  readonly state: ContainerState
  readonly lastState: ContainerState
}

export interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  readonly conditions?: readonly PodCondition[]
  readonly reason?: string
  readonly message?: string
  readonly podIP?: string
  readonly podIPs?: readonly { readonly ip: string }[]
  readonly hostIP?: string
  readonly hostIPs?: readonly { readonly ip: string }[]
  readonly startTime?: string
  readonly qosClass?: string
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
}

export interface Pod extends KubeObject {
  readonly spec: PodSpec
  readonly status?: PodStatus
}

/** What a Deployment or ReplicaSet makes pods from. */
export interface PodTemplate {
  readonly metadata?: Partial<ObjectMeta>
  readonly spec: PodSpec
}

/** Whether the pod's Ready condition is True. */
export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false
}

/** Whether all containers ended for good (phase Succeeded or Failed). */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** A command line that runs instead of the image's program: a JSON array, or words split at blanks. */
export const COMMAND_ANNOTATION = 'sallyport.dev/command'
/** Istio's mark of an injected pod, gateways included. */
export const SIDECAR_STATUS_ANNOTATION = 'sidecar.istio.io/status'

/** Whether the pod's address belongs to a sidecar, so that its programs listen at the twin address. */
export function hasSidecar(pod: Pod): boolean {
  return (
    pod.metadata.labels?.[TLS_MODE_LABEL] === 'istio' &&
    pod.metadata.annotations?.[PROXY_ANNOTATION] === undefined &&
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some((one) => one.name === SIDECAR_CONTAINER)
  )
}
