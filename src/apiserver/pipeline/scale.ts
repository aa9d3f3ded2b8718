// The scale subresource: autoscaling/v1 Scale as a view of an object's replica fields.
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import { collectionOf } from '../registry.ts'
import { notFound } from '../status-error.ts'
import { show } from './faces.ts'
import { type Core, storeKey, type Target, type WriteOptions, write } from './request.ts'
import { replaceIn } from './update.ts'

export interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: { readonly replicas: number; readonly selector?: string }
}
type ScalePaths = NonNullable<KindDefinition['subresources']['scale']>

/** The Scale of an object (in any face: the paths are the same). */
export function scaleOf(object: KubeObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = Number(read(object, paths.specReplicasPath) ?? 0)
  const selector = paths.labelSelectorPath === undefined ? undefined : read(object, paths.labelSelectorPath)
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp }
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: JSON.parse(JSON.stringify(metadata)) as KubeObject['metadata'],
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: Number(read(object, paths.statusReplicasPath) ?? 0),
      ...(selector === undefined ? {} : { selector: selectorText(selector) }),
    },
  }
}

/** Sets the replicas to what `change` makes of the present Scale; resolves with the object in storage form. Throws ApiError. */
export function rescale(
  core: Core,
  target: Target,
  paths: ScalePaths,
  change: (scale: Scale) => Scale,
  options: WriteOptions,
): Promise<KubeObject> {
  const { kind, face, name = '' } = target
  return write(core, options.dryRun, (transaction) => {
    const old = transaction.get(collectionOf(kind.ref), storeKey(target.namespace, name))?.object
    if (!old) throw notFound(kind.ref, name)
    const live = show(kind, face, old)
    const wanted = change(scaleOf(live, paths))
    const body = written(live, steps(paths.specReplicasPath), wanted.spec?.replicas ?? 0) as KubeObject
    const { uid, resourceVersion, ...metadata } = body.metadata
    const preconditions = {
      ...(wanted.metadata.uid ? { uid: wanted.metadata.uid } : {}),
      ...(wanted.metadata.resourceVersion ? { resourceVersion: wanted.metadata.resourceVersion } : {}),
    }
    const changed = { ...body, metadata: { ...metadata, ...preconditions } }
    return replaceIn(core, transaction, target, old, changed, options, false)
  })
}

function steps(path: string): readonly string[] {
  return path.split('.').filter((step) => step !== '')
}

function read(value: unknown, path: string): unknown {
  return steps(path).reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined),
    value,
  )
}

function written(value: unknown, path: readonly string[], leaf: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return leaf
  const object = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  return { ...object, [step]: written(object[step], rest, leaf) }
}

/** A label selector as text: custom kinds store it so, built-in ones as a LabelSelector. */
function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector
  const { matchLabels = {}, matchExpressions = [] } = selector as {
    matchLabels?: Record<string, string>
    matchExpressions?: { key: string; operator: string; values?: string[] }[]
  }
  const labels = Object.keys(matchLabels).map((key) => `${key}=${matchLabels[key]}`)
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`
  })
  return [...labels, ...expressions].sort().join(',')
}
