// Sets of field paths in the wire form of fieldsV1 (structured-merge-diff): the tree itself is the set, so live objects need no decoding.
// A node is in the set when it is empty or holds '.'; its other keys are path elements (`f:name`, `k:{"name":"x"}`, `v:"x"`) below it.
// Trees are never modified once made; operations share what did not change. `undefined` is the empty set.
import { compareElements } from './path-element.ts'

export interface Fields {
  readonly [element: string]: Fields
}
/** A node in the set with nothing below it. */
export const MEMBER: Fields = Object.freeze({})

type Draft = Record<string, Fields>

/** Whether the node itself is in the set. */
export function isMember(node: Fields | undefined): boolean {
  if (node === undefined) return false
  if (node['.'] !== undefined) return true
  for (const _ in node) return false
  return true
}

/** Whether something below the node is in the set. */
export function hasChildren(node: Fields | undefined): boolean {
  for (const element in node) if (element !== '.') return true
  return false
}

/** The node with the given children, itself in the set or not. */
export function nodeOf(member: boolean, children: Draft | undefined): Fields | undefined {
  let some = false
  for (const element in children) {
    if (element !== '.') {
      some = true
      break
    }
  }
  if (!some || children === undefined) return member ? MEMBER : undefined
  if (member) children['.'] = MEMBER
  return children
}

/** The node, itself in the set now. */
export function asMember(node: Fields | undefined): Fields {
  if (node === undefined) return MEMBER
  return isMember(node) ? node : { ...node, '.': MEMBER }
}

/** What is in either. */
export function union(a: Fields | undefined, b: Fields | undefined): Fields | undefined {
  if (a === undefined || a === b) return b
  if (b === undefined) return a
  const out: Draft = {}
  for (const [element, node] of childrenOf(a)) {
    const merged = union(node, b[element])
    if (merged) out[element] = merged
  }
  for (const [element, node] of childrenOf(b)) if (!(element in a)) out[element] = node
  return nodeOf(isMember(a) || isMember(b), out)
}

/** What is in both. */
export function intersection(a: Fields | undefined, b: Fields | undefined): Fields | undefined {
  if (a === undefined || b === undefined || a === b) return a === b ? a : undefined
  const out: Draft = {}
  for (const [element, node] of childrenOf(a)) {
    const both = intersection(node, b[element])
    if (both) out[element] = both
  }
  return nodeOf(isMember(a) && isMember(b), out)
}

/** What is in `a` and not in `b`; a member of `b` does not take its descendants away. */
export function difference(a: Fields | undefined, b: Fields | undefined): Fields | undefined {
  if (a === undefined || b === undefined) return a
  if (a === b) return undefined
  const out: Draft = {}
  for (const [element, node] of childrenOf(a)) {
    const rest = difference(node, b[element])
    if (rest) out[element] = rest
  }
  return nodeOf(isMember(a) && !isMember(b), out)
}

/** What is in `a` and neither in `b` nor below a member of `b`. */
export function recursiveDifference(a: Fields | undefined, b: Fields | undefined): Fields | undefined {
  if (a === undefined || b === undefined) return a
  if (isMember(b)) return undefined
  const out: Draft = {}
  for (const [element, node] of childrenOf(a)) {
    const rest = recursiveDifference(node, b[element])
    if (rest) out[element] = rest
  }
  return nodeOf(isMember(a), out)
}

/** Whether both hold the same paths. */
export function sameFields(a: Fields | undefined, b: Fields | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || isMember(a) !== isMember(b)) return false
  let count = 0
  for (const [element, node] of childrenOf(a)) {
    count++
    if (!sameFields(node, b[element])) return false
  }
  for (const _ of childrenOf(b)) count--
  return count === 0
}

/** All paths in the set in canonical order: a node's own elements before what lies below them. */
export function* pathsOf(
  set: Fields | undefined,
  prefix: readonly string[] = [],
): Generator<readonly string[]> {
  const children = [...childrenOf(set ?? MEMBER)].sort(([a], [b]) => compareElements(a, b))
  for (const [element, node] of children) if (isMember(node)) yield [...prefix, element]
  for (const [element, node] of children) if (hasChildren(node)) yield* pathsOf(node, [...prefix, element])
}

/** The set of one path. */
export function setOf(...paths: readonly (readonly string[])[]): Fields | undefined {
  let set: Fields | undefined
  for (const path of paths) {
    let node: Fields = MEMBER
    for (const element of [...path].reverse()) node = { [element]: node }
    set = union(set, node)
  }
  return set
}

const inOrder = new WeakSet<Fields>([MEMBER])
/** The same set with its keys in the order in which Kubernetes writes them. */
export function ordered(node: Fields): Fields {
  if (inOrder.has(node)) return node
  const elements = sortedElements(node)
  const out: Draft = {}
  for (const element of elements) {
    const child = node[element] as Fields
    out[element] = isLeaf(child) ? MEMBER : ordered(child)
  }
  inOrder.add(out)
  return out
}

function isLeaf(node: Fields): boolean {
  for (const _ in node) return false
  return true
}

/** By code unit, which is the canonical order of all but keys and values of lists. */
function sortedElements(node: Fields): string[] {
  const elements = Object.keys(node)
  if (elements.length < 2) return elements
  let items = 0
  for (const element of elements) if (element.startsWith('k:') || element.startsWith('v:')) items++
  return items > 1 ? elements.sort(compareElements) : elements.sort()
}

function* childrenOf(node: Fields): Generator<[string, Fields]> {
  for (const element in node) {
    const child = node[element]
    if (element !== '.' && child !== undefined) yield [element, child]
  }
}
