// metadata.generation: counts the changes of what a user asks for, so that controllers can say which one they acted on.
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import { sameJson, without } from './same-json.ts'

/** Whether objects of a kind have a generation at all. */
export function keepsGeneration(kind: KindDefinition): boolean {
  return kind.generation ?? kind.ref.group !== ''
}

/** Whether an update raises it: by the kind's own rule, or when anything but metadata and status differs. */
export function raisesGeneration(kind: KindDefinition, object: KubeObject, old: KubeObject): boolean {
  if (!keepsGeneration(kind)) return false
  if (kind.specChanged) return kind.specChanged(object, old)
  const spec = (one: KubeObject): object =>
    without(one as KubeObject & { status?: unknown }, 'metadata', 'status')
  return !sameJson(spec(object), spec(old))
}
