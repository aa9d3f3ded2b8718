// Pods -> the one node, unless it is cordoned or lacks what the pod's nodeSelector asks for.
import { NODE, POD } from '../../resources/kinds.ts'
import { keyOf } from '../../resources/object.ts'
import type { EventRecorder } from '../events.ts'
import type { Node } from '../objects/namespace.ts'
import type { Pod } from '../objects/pod.ts'
import { type Controller, type ControllerContext, runController } from './controller.ts'

const SOURCE = 'default-scheduler'

/** Starts the scheduler. */
export async function startScheduler(
  context: ControllerContext,
  events: EventRecorder,
  nodeName: string,
): Promise<Controller> {
  const client = context.client.as(SOURCE)
  const pods = await context.informers.of<Pod>(POD)
  const nodes = await context.informers.of<Node>(NODE)

  const sync = async (key: string): Promise<undefined> => {
    const pod = pods.cache.get(key)
    if (!pod || pod.spec.nodeName || pod.metadata.deletionTimestamp !== undefined) return
    if ((pod.spec.schedulerName ?? SOURCE) !== SOURCE) return
    const { name, namespace } = pod.metadata
    const problem = misfit(pod, nodes.cache.get(nodeName))
    if (problem !== undefined) {
      const known = pod.status?.conditions?.find((one) => one.type === 'PodScheduled')
      const message = `0/1 nodes are available: 1 ${problem}.`
      if (known?.message === message) return
      const condition = {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message,
        lastProbeTime: null,
        lastTransitionTime: `${new Date(context.now()).toISOString().slice(0, 19)}Z`,
      }
      const others = pod.status?.conditions?.filter((one) => one.type !== 'PodScheduled') ?? []
      await client.patch(POD, name, namespace, { status: { conditions: [...others, condition] } }, 'status')
      events.record(SOURCE, pod, { type: 'Warning', reason: 'FailedScheduling', message })
      return
    }
    const bound = await client.patch<Pod>(POD, name, namespace, { spec: { nodeName } })
    events.record(SOURCE, bound, {
      type: 'Normal',
      reason: 'Scheduled',
      message: `Successfully assigned ${key} to ${nodeName}`,
    })
  }

  return runController(SOURCE, context, {
    sync,
    watch: async (add) => {
      const waiting = () => {
        for (const [key, pod] of pods.cache) if (!pod.spec.nodeName) add(key)
      }
      waiting()
      return [
        pods.on(({ type, object }) => {
          if (type !== 'DELETED' && !object.spec.nodeName) add(keyOf(object.metadata))
        }),
        nodes.on(waiting),
      ]
    },
  })
}

/** Why the pod does not fit the node, in the scheduler's words; undefined when it does. */
export function misfit(pod: Pod, node: Node | undefined): string | undefined {
  if (!node) return 'node(s) were not found'
  if (node.spec?.unschedulable) return 'node(s) were unschedulable'
  const labels = node.metadata.labels ?? {}
  const wanted = Object.entries(pod.spec.nodeSelector ?? {})
  return wanted.every(([key, value]) => labels[key] === value)
    ? undefined
    : "node(s) didn't match Pod's node affinity/selector"
}
