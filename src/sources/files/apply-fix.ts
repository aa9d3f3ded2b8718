// Carries out the edit of a finding in the text of a manifest. Everything else, comments included, stays as it is byte for byte where the edit is of one value.
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  stringify,
} from 'yaml'
import type { Fix } from '../../diagnostics/diagnostic.ts'
import type { ObjectRef } from '../../diagnostics/origin.ts'
import { type KubeObject, keyOf } from '../../resources/object.ts'
import { parseFieldPath } from './field-path.ts'
import { toStored } from './stored.ts'

interface Found {
  readonly document: Document
  /** Where the object is in the document: [] or ['items', 2]. */
  readonly path: readonly (string | number)[]
  readonly object: KubeObject
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function candidates(document: Document): readonly Found[] {
  const value: unknown = document.toJS()
  const items = isObject(value) && Array.isArray(value['items']) ? value['items'] : undefined
  const all: readonly (readonly [unknown, readonly (string | number)[]])[] =
    items === undefined ? [[value, []]] : items.map((item, index) => [item, ['items', index]])
  return all.flatMap(([object, path]) =>
    isObject(object) && isObject(object['metadata']) && typeof object['apiVersion'] === 'string'
      ? [{ document, path, object: object as unknown as KubeObject }]
      : [],
  )
}

const isMeant = (object: KubeObject, ref: ObjectRef, namespace: string): boolean =>
  object.kind === ref.kind && keyOf(toStored(object, namespace).object.metadata) === keyOf(ref)

function pairAt(
  root: unknown,
  path: readonly (string | number)[],
): { parent: Node; pair?: Pair; node?: Node } | undefined {
  let node: unknown = root
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1
    if (isMap(node)) {
      const pair = node.items.find(
        (one) => isPair(one) && isScalar(one.key) && String(one.key.value) === String(step),
      )
      if (last) return { parent: node, ...(pair === undefined ? {} : { pair: pair as Pair }) }
      node = pair?.value
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined
      if (last) return { parent: node, ...(item === undefined ? {} : { node: item }) }
      node = item
    } else return undefined
  }
  return undefined
}

/** A value in the place of a scalar, quoted as the old one was where that is possible. */
function scalarText(value: unknown, old: string): string {
  const text = stringify(value, { lineWidth: 0 }).trimEnd()
  if (typeof value !== 'string') return text
  if (old.startsWith('"')) return JSON.stringify(value)
  return old.startsWith("'") ? `'${value.replaceAll("'", "''")}'` : text
}

/** Takes the lines of a block pair out of the text; undefined when it shares them with something else. */
function withoutPair(text: string, parent: Node, pair: Pair): string | undefined {
  if (!isMap(parent) || parent.flow === true || parent.items.length < 2) return undefined
  const start = (pair.key as Node).range?.[0]
  const end = ((pair.value as Node | null) ?? (pair.key as Node)).range?.[1]
  if (start === undefined || end === undefined) return undefined
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  if (text.slice(lineStart, start).trim() !== '') return undefined
  const lineEnd = text.indexOf('\n', end - 1)
  return text.slice(0, lineStart) + (lineEnd < 0 ? '' : text.slice(lineEnd + 1))
}

/**
 * The text with the edit made at `fix.field` of the object that `ref` names; the same text when the object or the place is not
 * there, or already as wanted. `namespace` is that of objects that name none.
 */
export function applyFix(text: string, ref: ObjectRef, fix: Fix, namespace = 'default'): string {
  const documents = parseAllDocuments(text, { keepSourceTokens: true })
  if (!Array.isArray(documents)) return text
  const found = documents
    .filter(({ errors }) => errors.length === 0)
    .flatMap(candidates)
    .findLast(({ object }) => isMeant(object, ref, namespace))
  if (found === undefined) return text
  const { field } = toStored(found.object, namespace)
  const path = [...found.path, ...parseFieldPath(field(fix.field))]
  const place = pairAt(found.document.contents, path)
  if (place === undefined) return text
  const current = place.pair?.value ?? place.node
  if (fix.value === undefined) {
    if (place.pair === undefined) return text
    const shorter = withoutPair(text, place.parent, place.pair)
    if (shorter !== undefined) return shorter
    found.document.deleteIn(path)
  } else if (isScalar(current) && typeof fix.value !== 'object') {
    const [start, end] = (current as Node).range ?? []
    if (current.value === fix.value || start === undefined || end === undefined) return text
    return text.slice(0, start) + scalarText(fix.value, text.slice(start, end)) + text.slice(end)
  } else if (JSON.stringify(found.document.getIn(path)) === JSON.stringify(fix.value)) return text
  else found.document.setIn(path, fix.value)
  return replaceDocument(text, found.document)
}

/** The text with one document printed anew, in YAML's own layout but with its comments. */
function replaceDocument(text: string, document: Document): string {
  const [start, , end] = document.contents?.range ?? [0, 0, text.length]
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const printed = stringify(document.contents, { lineWidth: 0 })
  return text.slice(0, lineStart) + printed + text.slice(end)
}
