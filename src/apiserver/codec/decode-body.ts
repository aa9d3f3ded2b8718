// First step of a write: the bytes of a request body become an object of the face that the URL names.
import type { KubeObject } from '../../resources/object.ts'
import { apiVersionOf } from '../../resources/object.ts'
import type { ApiError } from '../client.ts'
import type { Schema } from '../schema.ts'
import { badRequest, tooLarge, unsupportedMediaType } from '../status-error.ts'
import { structFromJson } from './from-json.ts'
import { structFromProtobuf } from './from-protobuf.ts'
import { GoError } from './go-error.ts'
import { goStruct, goStructOf, OBJECT_META } from './go-type.ts'
import { JsonSyntaxError, type Parsed, parseJson, setOwn } from './json.ts'
import { isObject, newPlace } from './place.ts'
import { isProtobufEnvelope, readEnvelope } from './protobuf-envelope.ts'
import { ProtobufError } from './protobuf-reader.ts'
import { unknownFields } from './unknown-fields.ts'
import { parseYaml, YamlError } from './yaml.ts'

/** What the body is to become. `group`/`version`/`kind` are those of the face in the URL. */
export interface DecodeTarget {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly schema: Schema
  /** Built-in types are decoded as Go decodes them (unknown fields go, empty values of optional fields go); custom ones keep everything. */
  readonly builtin: boolean
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface Decoded {
  readonly object: KubeObject
  /** For Warning headers: one per unknown or duplicate field under `Warn`. */
  readonly warnings: readonly string[]
}

export interface BodyRequest {
  /** As sent; absent counts as JSON. Takes application/json, application/yaml and, for built-in targets, application/vnd.kubernetes.protobuf. */
  readonly contentType: string | undefined
  readonly body: Uint8Array
  readonly fieldValidation: FieldValidation
  readonly target: DecodeTarget
}

/** Bytes of a request body; the API server's limit. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024
export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/**
 * Reads a request body. The only error it throws is ApiError: 400 BadRequest for what cannot be read, 413 above the limit, 415 for another media type.
 * An absent apiVersion or kind of a built-in is the target's; the caller compares namespace and name with the URL.
 */
export function decodeBody({ contentType, body, fieldValidation, target }: BodyRequest): Decoded {
  if (mediaType(contentType) === PROTOBUF && target.builtin) {
    checkSize(body)
    return decodeValue(readProtobuf(body, target), target, fieldValidation)
  }
  const { value, duplicates } = parseBody(contentType, body, target)
  return decodeValue(value, target, fieldValidation, duplicates)
}

/** Reads a JSON or YAML body (also `application/apply-patch+yaml` and the other patch types) without looking at what it means. Throws ApiError. */
export function parseBody(
  contentType: string | undefined,
  body: Uint8Array,
  target: Pick<DecodeTarget, 'kind' | 'builtin'>,
): Parsed {
  checkSize(body)
  const type = mediaType(contentType)
  const isYaml = type === 'application/yaml' || type.endsWith('+yaml')
  if (!isYaml && type !== 'application/json' && !type.endsWith('+json')) {
    throw unsupportedMediaType([
      'application/json',
      'application/yaml',
      ...(target.builtin ? [PROTOBUF] : []),
    ])
  }
  const text = new TextDecoder().decode(body)
  try {
    return isYaml && !text.startsWith('{') ? parseYaml(text) : parseJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof YamlError) {
      const problem = isYaml ? error.message : `couldn't get version/kind; json parse error: ${error.message}`
      throw unrecognized(target, `${problem} (${summary(body)})`)
    }
    throw error
  }
}

/**
 * Checks a value that is parsed already (also a patched object): type errors are thrown, unknown fields are told or refused.
 * `duplicates` are paths that the parser found twice.
 */
export function decodeValue(
  value: unknown,
  target: DecodeTarget,
  fieldValidation: FieldValidation,
  duplicates: readonly string[] = [],
): Decoded {
  const identified = identify(value, target)
  const place = newPlace()
  try {
    const object = target.builtin
      ? structFromJson(identified, builtinStruct(target), place)
      : customObject(identified, target, place.unknown)
    const findings = [
      ...place.unknown.map((path) => `unknown field "${path}"`),
      ...duplicates.map((path) => `duplicate field "${path}"`),
    ]
    if (fieldValidation === 'Strict' && findings.length > 0) {
      throw cannotBeHandled(identified, target, `strict decoding error: ${findings.join(', ')}`)
    }
    return {
      object: object as unknown as KubeObject,
      warnings: fieldValidation === 'Warn' ? findings : [],
    }
  } catch (error) {
    if (error instanceof GoError) throw cannotBeHandled(identified, target, error.message)
    throw error
  }
}

/**
 * The body of an apply patch: checked like any other, but given back as the client wrote it, because each field that stands in it becomes the
 * manager's. Only nulls of built-ins are left out.
 */
export function decodeApplied(
  value: unknown,
  target: DecodeTarget,
  fieldValidation: FieldValidation,
  duplicates: readonly string[] = [],
): Decoded {
  const { warnings } = decodeValue(value, target, fieldValidation, duplicates)
  const given = identify(value, target)
  const object = (target.builtin ? withoutNulls(given) : given) as { readonly metadata?: object }
  return { object: { ...object, metadata: object.metadata ?? {} } as KubeObject, warnings }
}

/** Go's structs have no null: a null field is an absent one. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const out: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) if (item !== null) setOwn(out, key, withoutNulls(item))
  return out
}

function builtinStruct(target: DecodeTarget) {
  const struct = goStructOf(target.group, target.version, target.kind)
  if (!struct)
    throw badRequest(`no kind "${target.kind}" is registered for version "${apiVersionOf(target)}"`)
  return struct
}

/** Everything as it came but metadata, which has a fixed type in every kind. */
function customObject(
  value: Readonly<Record<string, unknown>>,
  target: DecodeTarget,
  unknown: string[],
): Record<string, unknown> {
  const place = newPlace()
  place.path.push('metadata')
  place.fields.push('metadata')
  const metadata = structFromJson(value['metadata'] ?? {}, goStruct(OBJECT_META), place)
  unknown.push(...unknownFields(value, target.schema), ...place.unknown)
  return { ...value, metadata }
}

/** The value as an object of the target's version and kind, these two filled in where a built-in lacks them. */
function identify(value: unknown, target: DecodeTarget): Record<string, unknown> {
  if (!isObject(value)) {
    const shown = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
    throw unrecognized(
      target,
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${shown} into Go value`,
    )
  }
  const apiVersion = value['apiVersion'] ?? ''
  const kind = value['kind'] ?? ''
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw unrecognized(target, "couldn't get version/kind; apiVersion and kind must be strings")
  }
  if (!target.builtin && (kind === '' || apiVersion === '')) {
    throw badRequest(`Object '${kind === '' ? 'Kind' : 'apiVersion'}' is missing in '${brief(value)}'`)
  }
  const expected = apiVersionOf(target)
  if (apiVersion !== '' && apiVersion !== expected && !ANY_GROUP.has(target.kind)) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
  if (kind !== '' && kind !== target.kind) {
    throw badRequest(
      `${kind} in version "${versionOf(apiVersion) || target.version}" cannot be handled as a ${target.kind}: the kind in the data does not match the resource in the URL`,
    )
  }
  return { ...value, apiVersion: apiVersion || expected, kind: target.kind }
}

/** Bodies of meta/v1, sent under the group of the resource they act on. */
const ANY_GROUP: ReadonlySet<string> = new Set([
  'DeleteOptions',
  'CreateOptions',
  'UpdateOptions',
  'PatchOptions',
])

function readProtobuf(body: Uint8Array, target: DecodeTarget): Record<string, unknown> {
  try {
    const { apiVersion, kind, raw } = readEnvelope(body)
    // compared before the message is read by the target's field numbers
    const identity = identify({ apiVersion, kind }, target)
    return { ...structFromProtobuf(raw, builtinStruct(target)), ...identity }
  } catch (error) {
    if (error instanceof ProtobufError || error instanceof JsonSyntaxError) {
      const shown = isProtobufEnvelope(body)
        ? error.message
        : 'provided data does not appear to be a protobuf message'
      throw unrecognized(target, `${shown} (${summary(body)})`)
    }
    throw error
  }
}

const unrecognized = ({ kind }: Pick<DecodeTarget, 'kind'>, problem: string): ApiError =>
  badRequest(`the object provided is unrecognized (must be of type ${kind}): ${problem}`)

function cannotBeHandled(
  value: Readonly<Record<string, unknown>>,
  target: DecodeTarget,
  problem: string,
): ApiError {
  const version = versionOf(String(value['apiVersion'])) || target.version
  return badRequest(
    `${target.kind} in version ${JSON.stringify(version)} cannot be handled as a ${target.kind}: ${problem}`,
  )
}

const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1)

/** The media type without parameters, lower case; JSON when there is none. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() || 'application/json'
}

function checkSize(body: Uint8Array): void {
  if (body.length <= MAX_BODY_BYTES) return
  throw tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`)
}

/** The start of a body, as the messages of the API server show it: text when it looks like JSON, else hexadecimal. */
function summary(body: Uint8Array): string {
  if (body.length === 0) return '<empty>'
  const start = Buffer.from(body.subarray(0, 30))
  return `${start.toString(body[0] === 0x7b ? 'utf8' : 'hex')}${body.length > 30 ? ' ...' : ''}`
}

function brief(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)} ...` : text
}
