// Pods and pod templates (core/v1), the parts that defaulting, validation and tables read. What is not named here passes through.
import type { KubeObject, ObjectMeta } from '../../resources/object.ts'

export type Loose = Readonly<Record<string, unknown>>

export interface Handler extends Loose {
  readonly exec?: { readonly command?: readonly string[] }
  readonly httpGet?: {
    readonly path?: string
    readonly port?: number | string
    readonly scheme?: string
    readonly httpHeaders?: readonly { readonly name: string }[]
  }
  readonly tcpSocket?: { readonly port?: number | string }
  readonly grpc?: { readonly port?: number; readonly service?: string | null }
  readonly sleep?: { readonly seconds?: number }
}

export interface Probe extends Handler {
  readonly initialDelaySeconds?: number
  readonly timeoutSeconds?: number
  readonly periodSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
  readonly terminationGracePeriodSeconds?: number
}

export interface EnvVar extends Loose {
  readonly name?: string
  readonly value?: string
  readonly valueFrom?: {
    readonly fieldRef?: { readonly apiVersion?: string; readonly fieldPath?: string }
    readonly resourceFieldRef?: { readonly resource?: string; readonly divisor?: string }
    readonly configMapKeyRef?: { readonly name?: string; readonly key?: string }
    readonly secretKeyRef?: { readonly name?: string; readonly key?: string }
    readonly fileKeyRef?: unknown
  }
}

export interface ContainerPort extends Loose {
  readonly name?: string
  readonly containerPort?: number
  readonly hostPort?: number
  readonly protocol?: string
}

export interface VolumeMount extends Loose {
  readonly name?: string
  readonly mountPath?: string
  readonly subPath?: string
}

export interface Container extends Loose {
  readonly name?: string
  readonly image?: string
  readonly imagePullPolicy?: string
  readonly ports?: readonly ContainerPort[]
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly Loose[]
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>
    readonly requests?: Readonly<Record<string, string>>
  }
  readonly volumeMounts?: readonly VolumeMount[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly startupProbe?: Probe
  readonly lifecycle?: { readonly postStart?: Handler; readonly preStop?: Handler }
  readonly terminationMessagePolicy?: string
  /** On init containers: `Always` makes a sidecar. */
  readonly restartPolicy?: string
}

export interface Volume extends Loose {
  readonly name?: string
}

export interface PodSpec extends Loose {
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly restartPolicy?: string
  readonly dnsPolicy?: string
  readonly terminationGracePeriodSeconds?: number
  readonly activeDeadlineSeconds?: number
  readonly nodeName?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly schedulerName?: string
  readonly serviceAccountName?: string
  readonly serviceAccount?: string
  readonly automountServiceAccountToken?: boolean
  readonly hostNetwork?: boolean
  readonly hostname?: string
  readonly subdomain?: string
  readonly tolerations?: readonly Loose[]
  readonly readinessGates?: readonly { readonly conditionType: string }[]
  readonly imagePullSecrets?: readonly { readonly name?: string }[]
}

export interface PodTemplate extends Loose {
  readonly metadata?: Partial<ObjectMeta>
  readonly spec?: PodSpec
}

interface Terminated {
  readonly exitCode?: number
  readonly signal?: number
  readonly reason?: string
  readonly finishedAt?: string
}

export interface ContainerStatus {
  readonly name?: string
  readonly ready?: boolean
  readonly started?: boolean
  readonly restartCount?: number
  readonly state?: {
    readonly waiting?: { readonly reason?: string }
    readonly running?: unknown
    readonly terminated?: Terminated
  }
  readonly lastState?: { readonly terminated?: Terminated }
}

export interface PodStatus {
  readonly phase?: string
  readonly reason?: string
  readonly qosClass?: string
  readonly podIP?: string
  readonly podIPs?: readonly { readonly ip?: string }[]
  readonly nominatedNodeName?: string
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly reason?: string
  }[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
}

export interface Pod extends KubeObject {
  readonly spec?: PodSpec
  readonly status?: PodStatus
}
