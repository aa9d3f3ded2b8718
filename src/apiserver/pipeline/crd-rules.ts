// What is special about writing CustomResourceDefinitions: their status is settled in the same transaction, so that a CRD is served before anybody reads that it is established.
import { CRD } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import { crdStatus } from '../crd/crd-status.ts'
import type { CustomResourceDefinition } from '../crd/custom-resource-definition.ts'
import type { KindDefinition, RuleContext } from '../kind.ts'
import { apiError } from '../status-error.ts'
import type { Core } from './request.ts'

/** Holds a deleted CRD until its objects are gone (apiextensions-apiserver's name for it). */
export const CRD_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'

export function isCrd(object: KubeObject): object is CustomResourceDefinition {
  return object.kind === CRD.kind && object.apiVersion === `${CRD.group}/${CRD.version}`
}

/** The object with the status it should have; anything but a CRD is returned as it is. */
export function settleCrd(core: Core, object: KubeObject, context: RuleContext): KubeObject {
  if (!isCrd(object)) return object
  const others = context
    .list(CRD)
    .filter((other): other is CustomResourceDefinition => isCrd(other))
    .filter((other) => other.metadata.name !== object.metadata.name)
  const status = crdStatus(object, others, core.registry.builtins, context.now)
  return status === object.status ? object : ({ ...object, status } as KubeObject)
}

/** Throws 405 when the CRD of a custom kind is on its way out: its objects are being deleted. */
export function refuseTerminatingKind(kind: KindDefinition, context: RuleContext): void {
  if (kind.builtin) return
  const crd = context.get(CRD, `${kind.ref.plural}.${kind.ref.group}`)
  if (crd?.metadata.deletionTimestamp === undefined) return
  const message = 'create not allowed while custom resource definition is terminating'
  throw apiError(405, 'MethodNotAllowed', message)
}
