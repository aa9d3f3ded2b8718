// Pod: what runs. Its spec is mostly fixed once created; the scheduler sets nodeName, the kubelet the status.
import { POD } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { sameJson, without } from '../pipeline/same-json.ts'
import { AGE, column, NAME } from './columns.ts'
import { admitServiceAccount } from './pod-account.ts'
import { podCells } from './pod-cells.ts'
import { defaultPodSpec } from './pod-defaults.ts'
import { qosClass } from './pod-qos.ts'
import type { Pod } from './pod-type.ts'
import { podUpdateErrors } from './pod-update.ts'
import { podSpecErrors } from './pod-validation.ts'

const asPod = (object: KubeObject): Pod => object as Pod
const field = (read: (pod: Pod) => string | undefined) => (object: KubeObject) => read(asPod(object)) ?? ''

/** Added by upstream's admission to pods that say nothing else: they outlive a node's failure by five minutes. */
const DEFAULT_TOLERATIONS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}))

export const podKind: KindDefinition = {
  ref: POD,
  singular: 'pod',
  listKind: 'PodList',
  shortNames: ['po'],
  categories: ['all'],
  versions: [builtinVersion('', 'v1', 'Pod')],
  subresources: { status: true },
  builtin: true,
  generation: true,
  deleteReturnsObject: true,

  default: (object) => {
    const pod = asPod(object)
    return { ...pod, spec: defaultPodSpec(pod.spec ?? {}, true) } as Pod
  },

  prepare: (object, old, context) => {
    if (old) return object
    const pod = admitServiceAccount(asPod(object), context)
    const spec = {
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      ...pod.spec,
      tolerations: [
        ...(pod.spec?.tolerations ?? []),
        ...DEFAULT_TOLERATIONS.filter(
          ({ key }) => !pod.spec?.tolerations?.some((one) => one['key'] === key || !one['key']),
        ),
      ],
    }
    return { ...pod, spec, status: { phase: 'Pending', qosClass: qosClass(spec) } } as Pod
  },

  validate: (object, old, { subresource }) => {
    if (subresource === 'status') return []
    const pod = asPod(object)
    const errors = podSpecErrors(pod.spec ?? {}, 'spec')
    return old ? [...errors, ...podUpdateErrors(pod.spec ?? {}, asPod(old).spec ?? {})] : errors
  },

  // scheduling is a change of the spec, yet no wish of a user
  specChanged: (object, old) => {
    const wishes = ({ spec }: Pod): object => without(spec ?? {}, 'nodeName')
    return !sameJson(wishes(asPod(object)), wishes(asPod(old)))
  },

  gracePeriod: (object) => {
    const { spec, status } = asPod(object)
    const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
    return !spec?.nodeName || ended ? 0 : (spec.terminationGracePeriodSeconds ?? 30)
  },

  selectableFields: {
    'spec.nodeName': field(({ spec }) => spec?.nodeName),
    'spec.restartPolicy': field(({ spec }) => spec?.restartPolicy),
    'spec.schedulerName': field(({ spec }) => spec?.schedulerName),
    'spec.serviceAccountName': field(({ spec }) => spec?.serviceAccountName),
    'spec.hostNetwork': field(({ spec }) => String(spec?.hostNetwork ?? false)),
    'status.phase': field(({ status }) => status?.phase),
    'status.podIP': field(({ status }) => status?.podIP ?? status?.podIPs?.[0]?.ip),
    'status.podIPs': field(({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP),
    'status.nominatedNodeName': field(({ status }) => status?.nominatedNodeName),
  },

  table: {
    columns: [
      NAME,
      column('Ready', 'string', 'The aggregate readiness state of this pod for accepting traffic.'),
      column('Status', 'string', 'The aggregate status of the containers in this pod.'),
      column('Restarts', 'string', 'How often containers of this pod were restarted, and when last.'),
      AGE,
      column('IP', 'string', 'Address of the pod.', 1),
      column('Node', 'string', 'Where the pod runs.', 1),
      column('Nominated Node', 'string', 'Where the pod may run once others have left.', 1),
      column('Readiness Gates', 'string', 'Additional conditions of readiness that hold.', 1),
    ],
    cells: (object, now) => podCells(asPod(object), now),
  },
}
