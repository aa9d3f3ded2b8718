// YAML (or JSON) text as resources, each with the way back to the line of every field. A broken document loses itself only.
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
} from 'yaml'
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Origin } from '../../diagnostics/origin.ts'
import { parseFieldPath } from '../../resources/field-path.ts'
import { type KubeObject, refOf } from '../../resources/object.ts'
import type { Resource } from '../../resources/snapshot.ts'
import { checkObject } from './check.ts'
import { toStored } from './stored.ts'

export interface Parsed {
  readonly resources: readonly Resource[]
  readonly diagnostics: readonly Diagnostic[]
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The node, or for a map its key, at a path; where the path ends early, the nearest one above. */
function nodeAt(root: Node | null, path: readonly (string | number)[]): Node | null {
  let node: Node | null = root
  let best: Node | null = root
  for (const step of path) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (one) => isScalar(one.key) && String(one.key.value) === String(step),
      )
      if (pair === undefined || !isPair(pair)) return best
      best = pair.key as Node
      node = pair.value as Node | null
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined
      if (item === undefined) return best
      best = item
      node = item
    } else return best
  }
  return best
}

function originIn(
  file: string,
  lines: LineCounter,
  root: Node | null,
  object: KubeObject,
): (field: string) => Origin {
  const ref = refOf(object)
  return (field) => {
    const offset = nodeAt(root, parseFieldPath(field))?.range?.[0]
    const place = offset === undefined ? undefined : lines.linePos(offset)
    return {
      object: ref,
      ...(field === '' ? {} : { field }),
      file,
      ...(place === undefined ? {} : { line: place.line, column: place.col }),
    }
  }
}

interface Context {
  readonly file: string
  readonly lines: LineCounter
  readonly defaultNamespace: string
}

function lineOf(context: Context, node: Node | null): Origin {
  const offset = node?.range?.[0]
  if (offset === undefined) return { file: context.file }
  const { line, col } = context.lines.linePos(offset)
  return { file: context.file, line, column: col }
}

function readObject(value: unknown, node: Node | null, context: Context): Parsed {
  const refuse = (message: string): Parsed => ({
    resources: [],
    diagnostics: [
      diagnostic('SP0102', lineOf(context, node), message, {
        advice: 'The document is left out; the others are kept.',
      }),
    ],
  })
  if (!isObject(value)) return refuse('A Kubernetes object is a map with apiVersion, kind and metadata.')
  const { apiVersion, kind, metadata } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return refuse('The object needs apiVersion and kind.')
  if (kind.endsWith('List') && Array.isArray(value['items'])) {
    const items = isMap(node) ? (node.get('items', true) as Node | undefined) : undefined
    const parts = value['items'].map((item, index) =>
      readObject(item, isSeq(items) ? ((items.items[index] as Node | undefined) ?? null) : null, context),
    )
    return {
      resources: parts.flatMap((part) => part.resources),
      diagnostics: parts.flatMap((part) => part.diagnostics),
    }
  }
  if (!isObject(metadata) || typeof metadata['name'] !== 'string')
    return refuse(`${kind} needs metadata.name.`)
  return readKnown(value as unknown as KubeObject, node, context)
}

/** An object with a kind and a name: checked by its schema, left out when a value has the wrong type. */
function readKnown(written: KubeObject, node: Node | null, context: Context): Parsed {
  const checked = checkObject(written)
  const { object } = toStored(checked.object, context.defaultNamespace)
  const at = originIn(context.file, context.lines, node, object)
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
  const { field: translate } = toStored(written, context.defaultNamespace)
  const origin = (field: string): Origin => ({ ...at(translate(field)), ...(field === '' ? {} : { field }) })
  const face = written.apiVersion === object.apiVersion ? {} : { written: written.apiVersion }
  return { resources: [{ object, origin, ...face }], diagnostics }
}

function readDocument(document: Document, context: Context): Parsed {
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = context.lines.linePos(error.pos[0])
    const message = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? error.message
    return {
      resources: [],
      diagnostics: [diagnostic('SP0101', { file: context.file, line, column: col }, message)],
    }
  }
  let value: unknown
  try {
    value = document.toJS()
  } catch (problem) {
    // An alias without an anchor only shows when values are made.
    const message = problem instanceof Error ? problem.message : String(problem)
    const origin = lineOf(context, document.contents as Node)
    return { resources: [], diagnostics: [diagnostic('SP0101', origin, message)] }
  }
  // Nothing between two `---`, or after the last one.
  if (value === null || value === undefined) return { resources: [], diagnostics: [] }
  return readObject(value, document.contents as Node, context)
}

/** All objects of a text in order; `file` names it in origins. Objects without a namespace get `defaultNamespace`. */
export function parseObjects(text: string, file: string, defaultNamespace = 'default'): Parsed {
  const lines = new LineCounter()
  const context: Context = { file, lines, defaultNamespace }
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true })
  const parts = (Array.isArray(documents) ? documents : []).map((document) => readDocument(document, context))
  return {
    resources: parts.flatMap((part) => part.resources),
    diagnostics: parts.flatMap((part) => part.diagnostics),
  }
}
