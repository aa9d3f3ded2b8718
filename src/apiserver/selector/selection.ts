// Both selectors of a list or watch as one predicate.
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition } from '../kind.ts'
import { badRequest } from '../status-error.ts'
import { parseFieldSelector } from './field-selector.ts'
import { parseLabelSelector } from './label-selector.ts'

const NO_LABELS = {}

/** Absent when everything is selected. Throws 400. */
export function selection(
  kind: KindDefinition,
  selectors: { readonly labelSelector?: string | undefined; readonly fieldSelector?: string | undefined },
): ((object: KubeObject) => boolean) | undefined {
  const { labelSelector = '', fieldSelector = '' } = selectors
  if (labelSelector === '' && fieldSelector === '') return undefined
  const labels = parseLabelSelector(labelSelector)
  if ('error' in labels) throw badRequest(labels.error)
  const fields = parseFieldSelector(fieldSelector, kind)
  if ('error' in fields) throw badRequest(fields.error)
  return (object) => labels.match(object.metadata.labels ?? NO_LABELS) && fields.match(object)
}
