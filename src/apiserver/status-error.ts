// The errors that the API answers with, as ApiError values with the Status that a client gets. Texts are those of apimachinery's errors package.
import type { KindRef } from '../resources/object.ts'
import { ApiError } from './client.ts'
import type { FieldError } from './kind.ts'
import type { Refusal } from './refusal.ts'
import { invalidObject } from './validation/field-error.ts'

type ResourceRef = Pick<KindRef, 'group' | 'plural'>
type Cause = { readonly reason?: string; readonly message?: string; readonly field?: string }
interface Details {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly Cause[]
  readonly retryAfterSeconds?: number
}

/** `ingresses.networking.k8s.io`, `secrets`: a resource as messages name it. */
export function resourceName(kind: ResourceRef): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
}

/** Any failure: builds the Status body around code, reason and message. */
export function apiError(code: number, reason: string, message: string, details?: Details): ApiError {
  return new ApiError(code, reason, message, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details ? { details } : {}),
    code,
  })
}

function about(kind: ResourceRef, name: string): Details {
  return {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
  }
}

/** 400. */
export const badRequest = (message: string): ApiError => apiError(400, 'BadRequest', message)

/** 401. */
export const unauthorized = (message = 'Unauthorized'): ApiError => apiError(401, 'Unauthorized', message)

/** 403 about one object: `secrets "x" is forbidden: DETAIL`. */
export function forbidden(
  kind: ResourceRef,
  name: string,
  detail: string,
  causes?: readonly Cause[],
): ApiError {
  const subject = name === '' ? resourceName(kind) : `${resourceName(kind)} ${JSON.stringify(name)}`
  return apiError(403, 'Forbidden', `${subject} is forbidden: ${detail}`, {
    ...about(kind, name),
    ...(causes ? { causes } : {}),
  })
}

/** 404 for a missing object. */
export const notFound = (kind: ResourceRef, name: string): ApiError =>
  apiError(404, 'NotFound', `${resourceName(kind)} ${JSON.stringify(name)} not found`, about(kind, name))

/** 404 for a path that names nothing. */
export const pathNotFound = (): ApiError =>
  apiError(404, 'NotFound', 'the server could not find the requested resource', {})

/** 405. */
export const methodNotAllowed = (verb: string, kind: ResourceRef): ApiError =>
  apiError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${resourceName(kind)}"`,
    about(kind, ''),
  )

/** 406. */
export const notAcceptable = (accepted: readonly string[]): ApiError =>
  apiError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)

/** 409 for a name that is taken. */
export const alreadyExists = (kind: ResourceRef, name: string): ApiError =>
  apiError(
    409,
    'AlreadyExists',
    `${resourceName(kind)} ${JSON.stringify(name)} already exists`,
    about(kind, name),
  )

const STALE = 'the object has been modified; please apply your changes to the latest version and try again'

/** 409 for a write that does not fit the stored object. */
export const conflict = (kind: ResourceRef, name: string, detail = STALE): ApiError =>
  apiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resourceName(kind)} ${JSON.stringify(name)}: ${detail}`,
    about(kind, name),
  )

/** 410: a resource version or continue token that history no longer reaches. */
export const expired = (message: string): ApiError => apiError(410, 'Expired', message)

/** 413. */
export const tooLarge = (message: string): ApiError => apiError(413, 'RequestEntityTooLarge', message)

/** 415 with the media types that would do. */
export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  apiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

/** 422 about options rather than an object (`ListOptions.meta.k8s.io "" is invalid: …`). */
export const invalidOptions = (kind: string, errors: readonly FieldError[]): ApiError =>
  invalidObject({ group: 'meta.k8s.io', kind }, '', errors)

/** 504: the client asks for a revision that does not exist yet. */
export const tooLargeResourceVersion = (asked: number, current: number): ApiError =>
  apiError(504, 'Timeout', `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

/** 500. */
export const internal = (message: string): ApiError =>
  apiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })

/** 507: the disk is full; nothing of the write was kept. */
export const storageFull = (message: string): ApiError =>
  apiError(507, 'InsufficientStorage', `the write was not stored and nothing was lost: ${message}`)

/** A sibling step's refusal, about the object under the given kind and name. 422 details carry the Kind, others the resource. */
export function refused(kind: KindRef, name: string, refusal: Refusal): ApiError {
  const base = refusal.code === 422 ? { ...about(kind, name), kind: kind.kind } : about(kind, name)
  return apiError(refusal.code, refusal.reason, refusal.message, {
    ...base,
    ...(refusal.causes ? { causes: refusal.causes } : {}),
  })
}
