// Admission: rules of the API itself that look beyond one kind (namespaces), then the plugins of other rooms.
import { NAMESPACE } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import { kindKey } from '../../resources/snapshot.ts'
import type { KindDefinition, RuleContext } from '../kind.ts'
import { forbidden, notFound } from '../status-error.ts'
import { invalidObject } from '../validation/field-error.ts'
import type { Core, WriteOptions } from './request.ts'

/** An object can be created only in a namespace that exists and stays. Throws 404 or 403. */
export function admitToNamespace(
  kind: KindDefinition,
  name: string,
  namespace: string,
  context: RuleContext,
): void {
  const found = context.get(NAMESPACE, namespace)
  if (!found) throw notFound(NAMESPACE, namespace)
  if (found.metadata.deletionTimestamp === undefined) return
  const message = `namespace ${namespace} is being terminated`
  throw forbidden(
    kind.ref,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
  )
}

const PROTECTED: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

/** Throws 403 for the namespaces that a cluster cannot be without. */
export function admitNamespaceDeletion(kind: KindDefinition, name: string): void {
  if (kind.ref.group === '' && kind.ref.kind === 'Namespace' && PROTECTED.has(name)) {
    throw forbidden(kind.ref, name, 'this namespace may not be deleted')
  }
}

/** Runs every plugin that wants this kind and operation; each sees what the one before it left. Throws 403 or 422. */
export function admit(
  core: Core,
  kind: KindDefinition,
  object: KubeObject,
  old: KubeObject | undefined,
  context: RuleContext,
  options: WriteOptions,
): KubeObject {
  const key = kindKey(kind.ref)
  let current = object
  for (const plugin of core.admission) {
    if (!plugin.operations.includes(context.operation)) continue
    if (!plugin.kinds.includes(key) && !plugin.kinds.includes('*')) continue
    const result = plugin.review({
      kind: kind.ref,
      object: current,
      ...(old ? { old } : {}),
      context,
      user: options.user.name,
    })
    if (result.forbidden !== undefined) throw forbidden(kind.ref, object.metadata.name, result.forbidden)
    if (result.errors && result.errors.length > 0) {
      throw invalidObject(kind.ref, object.metadata.name, result.errors)
    }
    for (const text of result.warnings ?? []) options.warn(text)
    // What a plugin put in gets its defaults as well, as after Kubernetes' mutating admission.
    if (result.object) current = kind.default ? kind.default(result.object) : result.object
  }
  return current
}
