// Carries out the edit of a finding in the text of a manifest: YAML says where, the text is cut there. Everything else, comments included, stays as it is byte for byte.
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
import { parseFieldPath } from '../../resources/field-path.ts'
import { type KubeObject, keyOf } from '../../resources/object.ts'
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

/** First and last offset of a pair. */
function spanOf(pair: Pair): readonly [number, number] | undefined {
  const start = (pair.key as Node).range?.[0]
  const end = ((pair.value as Node | null) ?? (pair.key as Node)).range?.[1]
  return start === undefined || end === undefined ? undefined : [start, end]
}

/** Takes a pair out of its map; the same text when it is the only one, or shares its lines with something else. */
function withoutPair(text: string, parent: Node, pair: Pair): string {
  const span = spanOf(pair)
  if (!isMap(parent) || parent.items.length < 2 || span === undefined) return text
  const [start, end] = span
  const index = parent.items.indexOf(pair as never)
  if (parent.flow === true) {
    const next = parent.items[index + 1] as Pair | undefined
    const before = parent.items[index - 1] as Pair | undefined
    const nextStart = next && spanOf(next)?.[0]
    const beforeEnd = before && spanOf(before)?.[1]
    if (nextStart !== undefined) return text.slice(0, start) + text.slice(nextStart)
    return beforeEnd === undefined ? text : text.slice(0, beforeEnd) + text.slice(end)
  }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  if (text.slice(lineStart, start).trim() !== '') return text
  const lineEnd = text.indexOf('\n', end - 1)
  return text.slice(0, lineStart) + (lineEnd < 0 ? '' : text.slice(lineEnd + 1))
}

const columnOf = (text: string, offset: number): number => offset - text.lastIndexOf('\n', offset - 1) - 1

/** A value as YAML: in one line for a flow collection, else in lines that stand under `column`. */
function blockText(value: unknown, flow: boolean, column: number): string {
  if (flow) return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()
  return stringify(value, { lineWidth: 0, indentSeq: false })
    .trimEnd()
    .replaceAll('\n', `\n${' '.repeat(column)}`)
}

/** Puts a pair before the first one of a map. */
function withPair(text: string, parent: Node, key: string, value: unknown): string {
  const [first] = isMap(parent) ? (parent.items as Pair[]) : []
  const start = first && spanOf(first)?.[0]
  if (!isMap(parent) || start === undefined) return text
  const flow = parent.flow === true
  const pair = blockText({ [key]: value }, flow, columnOf(text, start)).replace(/^\{ (.*) \}$/s, '$1')
  if (flow) return `${text.slice(0, start)}${pair}, ${text.slice(start)}`
  return `${text.slice(0, start)}${pair}\n${' '.repeat(columnOf(text, start))}${text.slice(start)}`
}

/** Puts an item behind the last one of a list. */
function withItem(text: string, parent: Node, value: unknown): string {
  const last = isSeq(parent) ? (parent.items.at(-1) as Node | undefined) : undefined
  const [start, end] = last?.range ?? []
  if (!isSeq(parent) || start === undefined || end === undefined) return text
  if (parent.flow === true) return `${text.slice(0, end)}, ${blockText(value, true, 0)}${text.slice(end)}`
  const column = columnOf(text, start)
  const dash = text.lastIndexOf('-', start - 1)
  const item = `${' '.repeat(columnOf(text, dash))}-${' '.repeat(start - dash - 1)}${blockText(value, false, column)}\n`
  // A block's range may end at its last character or at the start of the next line.
  const next = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1
  return next === 0 ? `${text}\n${item}` : text.slice(0, next) + item + text.slice(next)
}

/**
 * The text with the edit made at `fix.field` of the object that `ref` names; the same text when the object or the place is not
 * there, already as wanted, or not a place where one value can be set without touching others. `namespace` is that of objects that name none.
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
  if (fix.value === undefined) {
    return place.pair === undefined ? text : withoutPair(text, place.parent, place.pair)
  }
  const current = place.pair?.value ?? place.node
  if (current === undefined) {
    const key = path.at(-1)
    if (typeof key === 'string') return withPair(text, place.parent, key, fix.value)
    return isSeq(place.parent) && key === place.parent.items.length
      ? withItem(text, place.parent, fix.value)
      : text
  }
  if (typeof fix.value === 'object') return text
  const [start, end] = (current as Node).range ?? []
  if (!isScalar(current) || current.value === fix.value || start === undefined || end === undefined)
    return text
  return text.slice(0, start) + scalarText(fix.value, text.slice(start, end)) + text.slice(end)
}
