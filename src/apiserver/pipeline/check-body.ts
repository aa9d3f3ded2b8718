// A body must be about what its URL names.
import { apiVersionOf, type KubeObject } from '../../resources/object.ts'
import { badRequest } from '../status-error.ts'
import type { Target } from './request.ts'

/** Throws 400 when apiVersion, kind, namespace or name contradict the URL. A name in the URL is compared only when there is one. */
export function checkBody(target: Target, body: KubeObject): void {
  const expected = apiVersionOf(target.face)
  if (body.apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${body.apiVersion}) does not match the expected API version (${expected})`,
    )
  }
  const { kind } = target.kind.ref
  if (body.kind !== kind) {
    throw badRequest(
      `${body.kind} in version "${target.face.version}" cannot be handled as a ${kind}: no kind "${body.kind}" is registered for version "${expected}" here`,
    )
  }
  const { namespace, name } = body.metadata
  if (namespace && namespace !== (target.namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (target.name !== undefined && name !== target.name) {
    throw badRequest(
      name
        ? `the name of the object (${name}) does not match the name on the URL (${target.name})`
        : 'name must be provided',
    )
  }
}
