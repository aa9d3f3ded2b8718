// What the parts of the kubelet share.
import type { ApiClient } from '../../apiserver/client.ts'
import type { AddressPlan } from '../addresses/plan.ts'
import type { EventRecorder } from '../events.ts'
import type { Pod } from '../objects/pod.ts'
import type { Service } from '../objects/service.ts'
import type { ClusterOptions } from '../options.ts'
import type { NodeAmounts } from './downward.ts'
import type { References } from './environment.ts'

export interface KubeletContext
  extends Pick<ClusterOptions, 'program' | 'environment' | 'proxyReady' | 'serviceAccountToken'> {
  readonly client: ApiClient
  readonly events: EventRecorder
  readonly addresses: AddressPlan
  readonly images: NonNullable<ClusterOptions['images']>
  /** `pods/<uid>/…` and `logs/pods/<namespace>_<pod>_<uid>/<container>/<n>.log` are below. */
  readonly folder: string
  readonly hostIP: string
  readonly amounts: NodeAmounts
  readonly now: () => number
  /** ConfigMaps and Secrets of a namespace. */
  readonly references: (namespace: string) => References
  readonly services: () => Iterable<Service>
  /** The latest version of a pod that is known. */
  readonly latest: (pod: Pod) => Pod | undefined
  readonly failed: (what: string, key: string, error: unknown) => void
}
