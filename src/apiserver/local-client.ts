// The API without HTTP: the verbs of ApiClient on the same pipeline, for our own controllers.
import { apiVersionOf, type KindRef, type KubeObject } from '../resources/object.ts'
import { type ApiClient, ApiError, type ListOptions } from './client.ts'
import { decodeValue } from './codec/decode-body.ts'
import { openInformer } from './informer.ts'
import { MERGE_PATCH } from './patch/apply-patch.ts'
import { create } from './pipeline/create.ts'
import { type DeleteOptions, remove } from './pipeline/delete.ts'
import { show } from './pipeline/faces.ts'
import { apply, decodeTarget, patch } from './pipeline/patch.ts'
import { get, list } from './pipeline/read.ts'
import type { Core, Subresource, Target, WriteOptions } from './pipeline/request.ts'
import { update } from './pipeline/update.ts'
import type { Served } from './registry.ts'
import { apiError, pathNotFound } from './status-error.ts'
import type { User } from './user.ts'

/** A client that acts as `user`, and as `fieldManager` in managedFields. */
export function localClient(core: Core, user: User, fieldManager: string): ApiClient {
  const options: WriteOptions = {
    user,
    fieldManager,
    dryRun: false,
    fieldValidation: 'Ignore',
    warn: () => {},
  }
  const shown = <T extends KubeObject>({ kind, face }: Served, stored: KubeObject): T =>
    show(kind, face, stored) as T
  const targetOf = (ref: KindRef, name?: string, namespace?: string, subresource?: Subresource): Target => {
    const served = core.registry.ofRef(ref)
    if (!served) throw pathNotFound()
    return target(served, name, namespace, subresource)
  }
  const targetOfObject = (object: KubeObject, subresource?: Subresource): Target => {
    const served = core.registry.ofObject(object.apiVersion, object.kind)
    if (!served) {
      const message = `no matches for kind "${object.kind}" in version "${object.apiVersion}"`
      throw apiError(404, 'NotFound', message, {})
    }
    const { name, namespace } = object.metadata
    return target(served, name || undefined, namespace, subresource)
  }
  const put = async <T extends KubeObject>(object: KubeObject, subresource?: Subresource): Promise<T> => {
    const to = targetOfObject(object, subresource)
    return shown<T>(to, (await update(core, to, decoded(to, object), options)).object)
  }

  return {
    async get<T extends KubeObject>(ref: KindRef, name: string, namespace?: string) {
      const from = targetOf(ref, name, namespace)
      try {
        return shown<T>(from, await get(core, from))
      } catch (thrown) {
        if (thrown instanceof ApiError && thrown.reason === 'NotFound') return undefined
        throw thrown
      }
    },
    async list<T extends KubeObject>(ref: KindRef, wanted: ListOptions = {}) {
      const { namespace, ...selectors } = wanted
      const from = targetOf(ref, undefined, namespace)
      const { items, resourceVersion } = await list(core, from, selectors)
      return { items: items.map((item) => shown<T>(from, item)), resourceVersion }
    },
    async create<T extends KubeObject>(object: KubeObject) {
      const { name: _, ...to } = targetOfObject(object)
      return shown<T>(to, await create(core, to, decoded(to, object), options))
    },
    update: <T extends KubeObject>(object: KubeObject) => put<T>(object),
    updateStatus: <T extends KubeObject>(object: KubeObject) => put<T>(object, 'status'),
    async patch<T extends KubeObject>(
      ref: KindRef,
      name: string,
      namespace: string | undefined,
      body: unknown,
      subresource?: 'status' | 'finalize',
    ) {
      const to = targetOf(ref, name, namespace, subresource)
      return shown<T>(to, await patch(core, to, { type: MERGE_PATCH, body }, options))
    },
    async apply<T extends KubeObject>(object: KubeObject, manager: string) {
      const to = targetOfObject(object)
      const how = { ...options, fieldManager: manager, force: true }
      return shown<T>(to, (await apply(core, to, decoded(to, object), how)).object)
    },
    async delete(ref, name, namespace, { uid, ...rest } = {}) {
      const how: DeleteOptions = { ...rest, ...(uid === undefined ? {} : { preconditions: { uid } }) }
      await remove(core, targetOf(ref, name, namespace), how, options)
    },
    async informer<T extends KubeObject>(ref: KindRef, wanted: ListOptions = {}) {
      const { namespace, ...selectors } = wanted
      return openInformer<T>(core, ref, targetOf(ref, undefined, namespace), selectors)
    },
    kinds: () => core.registry.all().map(({ ref }) => ref),
    onKinds: (listener) => core.registry.onChange(listener),
    as: (manager) => localClient(core, user, manager),
  }
}

function target(
  { kind, face }: Served,
  name: string | undefined,
  namespace: string | undefined,
  subresource: Subresource | undefined,
): Target {
  return {
    kind,
    face,
    ...(name === undefined ? {} : { name }),
    // A namespaced object of our code that names no namespace would be stored where nobody finds it.
    ...(namespace === undefined || !kind.ref.namespaced ? {} : { namespace }),
    ...(subresource === undefined ? {} : { subresource }),
  }
}

/** Decodes as a body is: a copy that the caller can no longer change, checked by the kind's schema. Throws 400. */
function decoded(to: Target, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(to.face)
  return decodeValue({ ...object, apiVersion }, decodeTarget(to), 'Ignore').object
}
