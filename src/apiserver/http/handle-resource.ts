// From a resource path and a method to the verb that answers it.

import { flag } from '../pipeline/list-options.ts'
import type { Target } from '../pipeline/request.ts'
import { collectionOf } from '../registry.ts'
import { badRequest, methodNotAllowed, pathNotFound } from '../status-error.ts'
import { authorize } from './authorize.ts'
import type { Exchange } from './exchange.ts'
import { evictionVerb, logVerb } from './pod-verbs.ts'
import { getVerb, listVerb } from './read-verbs.ts'
import type { ResourcePath } from './route.ts'
import { scaleVerb } from './scale-verbs.ts'
import { tokenVerb } from './token-verb.ts'
import { createVerb, deleteCollectionVerb, deleteVerb, patchVerb, updateVerb } from './write-verbs.ts'

/** What needs SPDY or WebSocket streams. */
const STREAMS = new Set(['exec', 'attach', 'portforward'])

/** Answers, or throws ApiError: 404 for what is not served, 403, 405, and whatever the verb throws. */
export async function handleResource(exchange: Exchange, path: ResourcePath): Promise<void> {
  const { core, request, user } = exchange
  const watching = path.watch ?? flag(exchange.query, 'watch') ?? false
  const verb = verbOf(request.method ?? 'GET', path, watching)
  authorize(user, {
    verb,
    group: path.group,
    resource: path.plural,
    ...(path.subresource === undefined ? {} : { subresource: path.subresource }),
    ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
    ...(path.name === undefined ? {} : { name: path.name }),
  })
  const served = core.registry.resolve(path.group, path.version, path.plural)
  if (!served) throw pathNotFound()
  const { kind, face } = served
  if (!kind.ref.namespaced && path.namespace !== undefined) throw pathNotFound()
  if (kind.ref.namespaced && path.namespace === undefined && (path.name !== undefined || verb === 'create')) {
    throw pathNotFound()
  }
  if (face.deprecated !== undefined) exchange.warn(face.deprecated)
  const target: Target = {
    kind,
    face,
    ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
    ...(path.name === undefined ? {} : { name: path.name }),
  }
  if (path.subresource !== undefined) return subresource(exchange, target, path.subresource, verb)
  switch (verb) {
    case 'get':
      return getVerb(exchange, target)
    case 'list':
    case 'watch':
      return listVerb(exchange, target, watching)
    case 'create':
      if (path.name !== undefined) break
      return createVerb(exchange, target)
    case 'update':
      if (path.name === undefined) break
      return updateVerb(exchange, target)
    case 'patch':
      if (path.name === undefined) break
      return patchVerb(exchange, target)
    case 'delete':
      return deleteVerb(exchange, target)
    case 'deletecollection':
      if (kind.ref.namespaced && path.namespace === undefined) break
      return deleteCollectionVerb(exchange, target)
  }
  throw methodNotAllowed(request.method ?? verb, kind.ref)
}

async function subresource(exchange: Exchange, target: Target, name: string, verb: string): Promise<void> {
  const { kind } = target
  const isPod = collectionOf(kind.ref) === 'core/pods'
  if (name === 'log' && isPod && verb === 'get') return logVerb(exchange, target)
  if (name === 'eviction' && isPod && verb === 'create') return evictionVerb(exchange, target)
  if (name === 'token' && collectionOf(kind.ref) === 'core/serviceaccounts' && verb === 'create') {
    return tokenVerb(exchange, target)
  }
  if (isPod && STREAMS.has(name)) {
    throw badRequest('Upgrade request required')
  }
  if (name === 'scale' && kind.subresources.scale) {
    return scaleVerb(exchange, { ...target, subresource: 'scale' }, kind.subresources.scale)
  }
  const isFinalize = name === 'finalize' && collectionOf(kind.ref) === 'core/namespaces'
  if (!isFinalize && !(name === 'status' && kind.subresources.status)) throw pathNotFound()
  const inner: Target = { ...target, subresource: isFinalize ? 'finalize' : 'status' }
  if (verb === 'get' && !isFinalize) return getVerb(exchange, inner)
  if (verb === 'update') return updateVerb(exchange, inner)
  if (verb === 'patch') return patchVerb(exchange, inner)
  throw methodNotAllowed(exchange.request.method ?? verb, kind.ref)
}

/** The API verb behind a method. */
function verbOf(method: string, path: ResourcePath, watching: boolean): string {
  const one = path.name !== undefined
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (watching && path.subresource === undefined) return 'watch'
      return one ? 'get' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return one ? 'delete' : 'deletecollection'
    default:
      return method.toLowerCase()
  }
}
