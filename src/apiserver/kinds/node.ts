// Node: a machine of the cluster (here: this one).
import { NODE } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import type { FieldError, KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { notSupported, required } from '../validation/field-error.ts'
import { AGE, age, column, NAME, orNone } from './columns.ts'

interface Node extends KubeObject {
  readonly spec?: {
    readonly unschedulable?: boolean
    readonly taints?: readonly { readonly key?: string; readonly effect?: string }[]
  }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
    readonly nodeInfo?: Readonly<Record<string, string | undefined>>
  }
}
const asNode = (object: KubeObject): Node => object as Node

const ROLE_PREFIX = 'node-role.kubernetes.io/'
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export const nodeKind: KindDefinition = {
  ref: NODE,
  singular: 'node',
  listKind: 'NodeList',
  shortNames: ['no'],
  categories: [],
  versions: [builtinVersion('', 'v1', 'Node')],
  subresources: { status: true },
  builtin: true,

  default: (object) => ({ ...object, spec: asNode(object).spec ?? {} }) as Node,

  validate: (object) => {
    const taints = asNode(object).spec?.taints ?? []
    return taints.flatMap(({ key, effect = '' }, index): FieldError[] => {
      const path = `spec.taints[${index}]`
      return [
        ...(key ? [] : [required(`${path}.key`)]),
        ...(EFFECTS.includes(effect) ? [] : [notSupported(`${path}.effect`, effect, EFFECTS)]),
      ]
    })
  },

  selectableFields: { 'spec.unschedulable': (object) => String(asNode(object).spec?.unschedulable ?? false) },
  table: {
    columns: [
      NAME,
      column('Status', 'string', 'The status of the node.'),
      column('Roles', 'string', 'The roles of the node.'),
      AGE,
      column('Version', 'string', 'Version of its kubelet.'),
      column('Internal-IP', 'string', 'Address inside of the cluster.', 1),
      column('External-IP', 'string', 'Address outside of the cluster.', 1),
      column('OS-Image', 'string', 'Operating system.', 1),
      column('Kernel-Version', 'string', 'Kernel and architecture.', 1),
      column('Container-Runtime', 'string', 'What runs containers.', 1),
    ],
    cells: (object, now) => {
      const node = asNode(object)
      const info = node.status?.nodeInfo ?? {}
      const known = (name: string): string => info[name] || '<unknown>'
      const architecture = info['architecture'] ? ` (${info['architecture']})` : ''
      return [
        object.metadata.name,
        statusOf(node),
        orNone(rolesOf(node).join(',')),
        age(object, now),
        info['kubeletVersion'] ?? '',
        addressOf(node, 'InternalIP'),
        addressOf(node, 'ExternalIP'),
        known('osImage'),
        known('kernelVersion') + architecture,
        known('containerRuntimeVersion'),
      ]
    },
  },
}

function statusOf({ spec, status }: Node): string {
  const ready = status?.conditions?.find((one) => one.type === 'Ready')
  const text = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return spec?.unschedulable ? `${text},SchedulingDisabled` : text
}

function rolesOf({ metadata: { labels = {} } }: Node): string[] {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)]
    return key === 'kubernetes.io/role' ? [value] : []
  })
  return [...new Set(roles.filter((role) => role !== ''))].sort()
}

const addressOf = ({ status }: Node, type: string): string =>
  orNone(status?.addresses?.find((one) => one.type === type)?.address ?? '')
