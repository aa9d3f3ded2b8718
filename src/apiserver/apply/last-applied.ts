// kubectl's move from client-side to server-side apply: what its annotation says it applied is no conflict, and the annotation is kept up to date.
import type { KubeObject } from '../../resources/object.ts'
import { canonicalJson } from './canonical-json.ts'
import { compare } from './compare.ts'
import { fieldSet } from './field-set.ts'
import { difference, type Fields } from './fields.ts'
import type { Conflicts } from './ownership.ts'
import type { Shape } from './shape.ts'
import { isMap } from './value.ts'

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration'
/** Only kubectl's own manager name takes part; users opt out with another one. */
export const KUBECTL = 'kubectl'

/** The conflicts that remain when fields of the annotation that are as kubectl left them count as its own. `live` is in the request's version. */
export function remainingConflicts(conflicts: Conflicts, live: KubeObject, shape: Shape): Conflicts {
  const own = fieldsOfAnnotation(live, shape)
  const left = new Map<string, Fields>()
  for (const [id, fields] of conflicts) {
    const rest = difference(fields, own)
    if (rest) left.set(id, rest)
  }
  return left
}

function fieldsOfAnnotation(live: KubeObject, shape: Shape): Fields | undefined {
  const text = live.metadata.annotations?.[ANNOTATION]
  if (!text) return undefined
  let applied: unknown
  try {
    applied = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isMap(applied) || applied.apiVersion !== live.apiVersion) return undefined
  const { added, modified, removed } = compare(applied, live, shape)
  return difference(difference(difference(fieldSet(applied, shape), modified), added), removed)
}

/** The merged object with the annotation telling what was applied now, if it has the annotation. */
export function withFreshAnnotation(object: KubeObject, applied: KubeObject): KubeObject {
  const annotations = object.metadata.annotations
  if (!annotations?.[ANNOTATION]) return object
  const { [ANNOTATION]: _, ...others } = applied.metadata.annotations ?? {}
  const plain: KubeObject = applied.metadata.annotations
    ? { ...applied, metadata: { ...applied.metadata, annotations: others } }
    : applied
  const value = `${canonicalJson(plain)}\n`
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [ANNOTATION]: value } } }
}
