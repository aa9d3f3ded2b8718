// Documents as `yaml` reads them, its syntax tree turned into values and places.
import { type Document, isMap, isNode, isPair, isScalar, isSeq, parseAllDocuments, type Scalar } from 'yaml'
import type { Place } from './place.ts'

/** A document that could be read, or why not. */
export type DocumentRead =
  | { readonly value: unknown; readonly place: Place | undefined }
  | { readonly problem: string; readonly at: number | undefined }

/** A pair in a list (`!!omap`) starts with its key. */
const startOf = (node: unknown, shift: number): number => {
  if (isPair(node)) return startOf(node.key, shift)
  return isNode(node) && node.range ? node.range[0] + shift : shift
}

function placeOf(node: unknown, shift: number): Place | undefined {
  const at = startOf(node, shift)
  if (isSeq(node)) {
    const starts = node.items.map((item) => startOf(item, shift))
    return { at, starts, parts: node.items.map((item) => placeOf(item, shift)) }
  }
  if (!isMap(node)) return undefined
  const entries = node.items.filter(({ key }) => isScalar(key))
  return {
    at,
    keys: entries.map(({ key }) => String((key as Scalar).value)),
    starts: entries.map(({ key }) => startOf(key, shift)),
    parts: entries.map(({ value }) => placeOf(value, shift)),
  }
}

function read(document: Document, shift: number): DocumentRead {
  const [error] = document.errors
  if (error !== undefined) return { problem: error.message, at: error.pos[0] + shift }
  const root = document.contents
  const place = placeOf(root, shift) ?? { at: startOf(root, shift), starts: [], parts: [] }
  try {
    return { value: document.toJS(), place }
  } catch (problem) {
    // An alias without an anchor only shows when values are made.
    return { problem: problem instanceof Error ? problem.message : String(problem), at: place.at }
  }
}

/** All documents of a text that starts at the offset `shift` of a larger one. */
export function readByTree(text: string, shift: number): readonly DocumentRead[] {
  const documents = parseAllDocuments(text, { uniqueKeys: true, prettyErrors: false, logLevel: 'error' })
  return (Array.isArray(documents) ? documents : []).map((document) => read(document, shift))
}
