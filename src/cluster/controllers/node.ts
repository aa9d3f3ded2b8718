// The one node of the cluster: this machine.
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { NODE } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { ControllerContext } from './controller.ts'

const MAX_PODS = 1000
/** The version that kubelets report; kubectl shows it in `get nodes`. */
const KUBELET_VERSION = 'v1.35.0+sallyport'

/** Creates or refreshes the Node object; labels and taints that a user set stay. */
export async function ensureNode(context: ControllerContext, name: string, address: string): Promise<void> {
  const client = context.client.as('kubelet')
  const architecture = { x64: 'amd64', arm64: 'arm64' }[arch() as string] ?? arch()
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': platform(),
    'kubernetes.io/arch': architecture,
  }
  const present = await client.get(NODE, name)
  if (!present) {
    await client.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      spec: {},
    } as KubeObject)
  } else {
    await client.patch(NODE, name, undefined, { metadata: { labels } })
  }
  const amounts = {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: String(MAX_PODS),
  }
  const stamp = `${new Date(context.now()).toISOString().slice(0, 19)}Z`
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: stamp,
    lastTransitionTime: stamp,
  })
  await client.patch(
    NODE,
    name,
    undefined,
    {
      status: {
        addresses: [
          { type: 'InternalIP', address },
          { type: 'Hostname', address: name },
        ],
        capacity: amounts,
        allocatable: amounts,
        conditions: [
          condition(
            'MemoryPressure',
            'False',
            'KubeletHasSufficientMemory',
            'kubelet has sufficient memory available',
          ),
          condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
          condition(
            'PIDPressure',
            'False',
            'KubeletHasSufficientPID',
            'kubelet has sufficient PID available',
          ),
          condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
        ],
        nodeInfo: {
          machineID: '',
          systemUUID: '',
          bootID: '',
          kernelVersion: release(),
          osImage: `${platform()} processes`,
          containerRuntimeVersion: 'process://1',
          kubeletVersion: KUBELET_VERSION,
          kubeProxyVersion: KUBELET_VERSION,
          operatingSystem: platform(),
          architecture,
        },
      },
    },
    'status',
  )
}
