// JSON patch (RFC 6902). Arrays also take negative indexes, as the Go library behind Kubernetes does.
import { sameJson } from '../pipeline/same-json.ts'
import { isList, isMap, type JsonMap } from './json.ts'
import { PatchError } from './patch-error.ts'

export const MAX_OPERATIONS = 10_000

/** The document after all operations; throws PatchError at the first that fails. The document is not modified. */
export function applyJsonPatch(document: unknown, operations: readonly unknown[]): unknown {
  return operations.reduce(applyOperation, document)
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isMap(operation)) throw new PatchError('error decoding patch: an operation must be an object', true)
  const { op, value } = operation
  const path = pointer(operation, 'path')
  switch (op) {
    case 'add':
      return set(document, path, required(operation), 'add')
    case 'replace':
      return set(document, path, required(operation), 'replace')
    case 'remove':
      return remove(document, path, 'remove')
    case 'test':
      if (!sameJson(find(document, path) ?? null, value ?? null)) {
        throw new PatchError(`testing value ${print(path)} failed: test failed`)
      }
      return document
    case 'copy':
    case 'move': {
      const from = pointer(operation, 'from')
      const moved = find(document, from)
      if (moved === undefined) throw missing(op, from)
      if (op === 'copy') return set(document, path, moved, 'add')
      if (from.length < path.length && from.every((token, at) => token === path[at])) {
        throw new PatchError(`move operation does not apply: ${print(from)} cannot be moved into itself`)
      }
      return set(remove(document, from, 'move'), path, moved, 'add')
    }
    default:
      throw new PatchError(`Unexpected kind: ${String(op ?? '')}`)
  }
}

type Path = readonly string[]

function pointer(operation: JsonMap, field: 'path' | 'from'): Path {
  const text = operation[field]
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) {
    throw new PatchError(`error decoding patch: "${field}" must be a JSON pointer`, true)
  }
  if (text === '') return []
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const print = (path: Path): string =>
  path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function required(operation: JsonMap): unknown {
  if (operation.value === undefined)
    throw new PatchError(`${String(operation.op)} operation does not apply: missing value`)
  return operation.value
}

const missing = (op: string, path: Path): PatchError =>
  new PatchError(
    `${op} operation does not apply: doc is missing path: ${JSON.stringify(print(path))}: missing value`,
  )

function find(document: unknown, path: Path): unknown {
  let at = document
  for (const token of path) {
    if (isList(at)) at = at[index(token, at.length) ?? at.length]
    else if (isMap(at) && Object.hasOwn(at, token)) at = at[token]
    else return undefined
  }
  return at
}

/** A position in an array; undefined when it is none. */
function index(token: string, length: number): number | undefined {
  if (!/^-?(0|[1-9]\d*)$/.test(token)) return undefined
  const number = Number(token)
  const at = number < 0 ? length + number : number
  return at >= 0 && at <= length ? at : undefined
}

function set(document: unknown, path: Path, value: unknown, op: 'add' | 'replace'): unknown {
  return edit(
    document,
    path,
    path,
    op,
    (parent, token) => {
      if (isList(parent)) {
        const at = token === '-' && op === 'add' ? parent.length : index(token, parent.length)
        if (at === undefined || (op === 'replace' && at >= parent.length)) throw missing(op, path)
        return op === 'add' ? parent.toSpliced(at, 0, value) : parent.with(at, value)
      }
      if (op === 'replace' && !Object.hasOwn(parent, token)) throw missing(op, path)
      return { ...parent, [token]: value }
    },
    value,
  )
}

function remove(document: unknown, path: Path, op: string): unknown {
  if (path.length === 0) throw missing(op, path)
  return edit(
    document,
    path,
    path,
    op,
    (parent, token) => {
      if (isList(parent)) {
        const at = index(token, parent.length)
        if (at === undefined || at >= parent.length) throw missing(op, path)
        return parent.toSpliced(at, 1)
      }
      if (!Object.hasOwn(parent, token)) throw missing(op, path)
      const { [token]: _, ...rest } = parent
      return rest
    },
    undefined,
  )
}

/** Rebuilds the way down to the parent of a path, changed by `change`. `whole` replaces the document itself. */
function edit(
  node: unknown,
  rest: Path,
  path: Path,
  op: string,
  change: (parent: readonly unknown[] | JsonMap, token: string) => unknown,
  whole: unknown,
): unknown {
  const [token, ...below] = rest
  if (token === undefined) return whole
  if (!isList(node) && !isMap(node)) throw missing(op, path)
  if (below.length === 0) return change(node, token)
  if (isList(node)) {
    const at = index(token, node.length)
    if (at === undefined || at >= node.length) throw missing(op, path)
    return node.with(at, edit(node[at], below, path, op, change, whole))
  }
  if (!Object.hasOwn(node, token)) throw missing(op, path)
  return { ...node, [token]: edit(node[token], below, path, op, change, whole) }
}
