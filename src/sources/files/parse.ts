// YAML (or JSON) text as resources, each with the way back to the line of every field. A broken document loses itself only.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import { parseFieldPath } from '../../resources/field-path.ts'
import { type KubeObject, refOf } from '../../resources/object.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { checkObject } from './check.ts'
import { toStored } from './stored.ts'
import type { DocumentRead } from './yaml/by-tree.ts'
import { type LineAt, linesOf } from './yaml/lines.ts'
import { offsetAt, type Place, partOf } from './yaml/place.ts'
import { readDocuments } from './yaml/read-documents.ts'

export interface Parsed {
  readonly resources: readonly Resource[]
  readonly diagnostics: readonly Diagnostic[]
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

interface Context {
  readonly file: string
  readonly lineAt: LineAt
  readonly defaultNamespace: string
}

/** File, line and column of an offset. */
function pointAt({ file, lineAt }: Context, offset: number | undefined): Origin {
  return offset === undefined ? { file } : { file, ...lineAt(offset) }
}

/** The way back to the fields of an object: their names are those that were asked for, their places those of the face that was written. */
function originIn(
  context: Context,
  place: Place | undefined,
  object: KubeObject,
  written: (field: string) => string,
): (field: string) => Origin {
  const ref = refOf(object)
  const { file, lineAt } = context
  return (field) => {
    if (place === undefined) return field === '' ? { object: ref, file } : { object: ref, field, file }
    const { line, column } = lineAt(offsetAt(place, parseFieldPath(written(field))))
    return field === '' ? { object: ref, file, line, column } : { object: ref, field, file, line, column }
  }
}

function readObject(value: unknown, place: Place | undefined, context: Context): Parsed {
  const refuse = (message: string): Parsed => ({
    resources: [],
    diagnostics: [
      diagnostic('SP0102', pointAt(context, place?.at), message, {
        advice: 'The document is left out; the others are kept.',
      }),
    ],
  })
  if (!isObject(value)) return refuse('A Kubernetes object is a map with apiVersion, kind and metadata.')
  const { apiVersion, kind, metadata } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return refuse('The object needs apiVersion and kind.')
  if (kind.endsWith('List') && Array.isArray(value['items'])) {
    const items = partOf(place, 'items')
    const parts = value['items'].map((item, index) => readObject(item, partOf(items, index), context))
    return {
      resources: parts.flatMap((part) => part.resources),
      diagnostics: parts.flatMap((part) => part.diagnostics),
    }
  }
  if (!isObject(metadata) || typeof metadata['name'] !== 'string')
    return refuse(`${kind} needs metadata.name.`)
  return readKnown(value as unknown as KubeObject, place, context)
}

/** An object with a kind and a name: checked by its schema, left out when a value has the wrong type. */
function readKnown(written: KubeObject, place: Place | undefined, context: Context): Parsed {
  const checked = checkObject(written)
  const { object } = toStored(checked.object, context.defaultNamespace)
  const at = originIn(context, place, object, (field) => field)
  const diagnostics = [
    ...checked.unknown.map((field) =>
      diagnostic('SP0103', at(field), `${object.kind} has no field ${field}.`),
    ),
    ...checked.errors.map(({ field, message }) =>
      diagnostic('SP0102', at(field), `${field}: ${message}`, {
        advice: 'The object is left out until it is corrected.',
      }),
    ),
  ]
  if (checked.errors.length > 0) return { resources: [], diagnostics }
  const { field: writtenField } = toStored(written, context.defaultNamespace)
  const origin = originIn(context, place, object, writtenField)
  const face = written.apiVersion === object.apiVersion ? {} : { written: written.apiVersion }
  return { resources: [{ object, origin, ...face }], diagnostics }
}

function readDocument(document: DocumentRead, context: Context): Parsed {
  if ('problem' in document) {
    const origin = pointAt(context, document.at)
    return { resources: [], diagnostics: [diagnostic('SP0101', origin, document.problem)] }
  }
  const { value, place } = document
  // Nothing between two `---`, or after the last one.
  if (value === null || value === undefined) return { resources: [], diagnostics: [] }
  return readObject(value, place, context)
}

/** All objects of a text in order; `file` names it in origins. Objects without a namespace get `defaultNamespace`. */
export function parseObjects(text: string, file: string, defaultNamespace = 'default'): Parsed {
  const context: Context = { file, lineAt: linesOf(text), defaultNamespace }
  const parts = readDocuments(text).map((document) => readDocument(document, context))
  return {
    resources: parts.flatMap((part) => part.resources),
    diagnostics: parts.flatMap((part) => part.diagnostics),
  }
}
