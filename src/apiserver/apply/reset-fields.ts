// Fields that an endpoint ignores (the status on the main one, the spec on /status): nobody comes to own them by writing there.
import type { KindRef } from '../../resources/object.ts'
import { kindKey } from '../../resources/snapshot.ts'
import type { KindDefinition } from '../kind.ts'
import { type Fields, setOf } from './fields.ts'

const STATUS = setOf(['f:status'])
const SPEC = setOf(['f:spec'])
const SPEC_AND_METADATA = setOf(['f:spec'], ['f:metadata'])

/** Where /status ignores more than the spec, as each kind's strategy upstream says. */
const STATUS_ENDPOINT: Readonly<Record<string, Fields | undefined>> = {
  Pod: setOf(
    ['f:spec'],
    ['f:status', 'f:qosClass'],
    ['f:metadata', 'f:deletionTimestamp'],
    ['f:metadata', 'f:ownerReferences'],
  ),
  'Deployment.apps': setOf(['f:spec'], ['f:metadata', 'f:labels']),
  'CustomResourceDefinition.apiextensions.k8s.io': SPEC_AND_METADATA,
}

/** The fields that a write on this endpoint leaves alone. */
export function resetFields(kind: KindDefinition, subresource: string | undefined): Fields | undefined {
  if (subresource === undefined) return kind.subresources.status ? STATUS : undefined
  if (subresource === 'status') return statusEndpoint(kind.ref, kind.builtin)
  return undefined
}

function statusEndpoint(ref: KindRef, builtin: boolean): Fields | undefined {
  if (!builtin) return SPEC_AND_METADATA
  const key = kindKey(ref)
  return key in STATUS_ENDPOINT ? STATUS_ENDPOINT[key] : SPEC
}
