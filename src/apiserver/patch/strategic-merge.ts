// Strategic merge patch: a merge patch that knows, from the schema, which lists merge item by item, and that takes directives.
// Directives: $patch (replace | delete | merge), $retainKeys, $deleteFromPrimitiveList/<list>, $setElementOrder/<list>.
import type { Schema } from '../schema.ts'
import { isMap, type JsonMap } from './json.ts'
import { checkOrder, inOrder } from './list-order.ts'
import { PatchError } from './patch-error.ts'

const PATCH = '$patch'
const RETAIN_KEYS = '$retainKeys'
const DELETE_FROM = '$deleteFromPrimitiveList'
const SET_ORDER = '$setElementOrder'

/** The object with the patch merged in. Neither is modified; throws PatchError for a patch that does not fit. */
export function strategicMerge(target: unknown, patch: JsonMap, schema: Schema | undefined): JsonMap {
  if (PATCH in patch) return mapDirective(patch)
  const out: Record<string, unknown> = { ...(isMap(target) ? target : {}) }
  if (RETAIN_KEYS in patch) retainKeys(out, patch)
  const ordered = new Set<string>()
  for (const [key, value] of Object.entries(patch)) {
    const list = directiveField(key, SET_ORDER)
    if (list === undefined) continue
    ordered.add(list)
    const merged = mergeInOrder(out[list], patch[list], value, field(schema, list))
    if (merged !== undefined) out[list] = merged
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN_KEYS || ordered.has(key) || directiveField(key, SET_ORDER) !== undefined) continue
    const deletedFrom = directiveField(key, DELETE_FROM)
    if (deletedFrom !== undefined) deleteItems(out, deletedFrom, value)
    else if (value === null) delete out[key]
    else mergeField(out, key, value, field(schema, key))
  }
  return out
}

function mergeField(
  out: Record<string, unknown>,
  key: string,
  value: unknown,
  schema: Schema | undefined,
): void {
  const present = out[key]
  if (isMap(present) && isMap(value)) {
    out[key] = strategyOf(schema) === 'replace' ? value : strategicMerge(present, value, schema)
  } else if (Array.isArray(present) && Array.isArray(value)) {
    out[key] = mergeList(present, value, schema)
  } else {
    const fresh = plain(value)
    if (fresh === undefined) delete out[key]
    else out[key] = fresh
  }
}

function mapDirective(patch: JsonMap): JsonMap {
  const { [PATCH]: directive, ...rest } = patch
  if (directive === 'replace') return rest
  if (directive === 'delete') return {}
  throw new PatchError(`unknown patch type: ${String(directive)} in map: ${JSON.stringify(patch)}`)
}

/** The list's field name in `<prefix>/<field>`; undefined for another key. */
function directiveField(key: string, prefix: string): string | undefined {
  if (!key.startsWith(prefix)) return undefined
  if (key.charAt(prefix.length) !== '/') {
    throw new PatchError(
      `invalid patch format of ${prefix === SET_ORDER ? 'setElementOrder' : 'primitive'} list`,
      true,
    )
  }
  return key.slice(prefix.length + 1)
}

function field(schema: Schema | undefined, key: string): Schema | undefined {
  const property =
    schema?.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
  if (property) return property
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

/** `merge` or `replace`; retainKeys only says that clients may send that directive. */
function strategyOf(schema: Schema | undefined): string | undefined {
  return schema?.['x-kubernetes-patch-strategy']?.split(',').find((one) => one !== 'retainKeys')
}

function retainKeys(out: Record<string, unknown>, patch: JsonMap): void {
  const keep = patch[RETAIN_KEYS]
  const malformed = () => new PatchError('invalid patch format of retainKeys', true)
  if (!Array.isArray(keep)) throw malformed()
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key === RETAIN_KEYS || key.startsWith(DELETE_FROM) || key.startsWith(SET_ORDER))
      continue
    if (!keep.includes(key)) throw malformed()
  }
  for (const key of Object.keys(out)) if (!keep.includes(key)) delete out[key]
}

function deleteItems(out: Record<string, unknown>, key: string, items: unknown): void {
  const present = out[key]
  if (!Array.isArray(items)) throw new PatchError('invalid patch format of primitive list', true)
  if (Array.isArray(present)) out[key] = present.filter((item) => !items.includes(item))
}

function mergeInOrder(present: unknown, patch: unknown, order: unknown, schema: Schema | undefined): unknown {
  if (!Array.isArray(order)) throw new PatchError('invalid patch format of setElementOrder list', true)
  for (const list of [present, patch]) {
    if (list !== undefined && list !== null && !Array.isArray(list)) {
      throw new PatchError(`expected a list, but received ${JSON.stringify(list)}`)
    }
  }
  const [live, changes] = [present as unknown[] | undefined, (patch ?? undefined) as unknown[] | undefined]
  const key = schema?.['x-kubernetes-patch-merge-key']
  checkOrder(changes ?? [], order, key)
  if (!live && !changes) return undefined
  const merged = !changes
    ? (live as unknown[])
    : live
      ? mergeList(live, changes, schema)
      : (withoutDirectives(changes) as unknown[])
  return inOrder(merged, order, live ?? [], key)
}

function mergeList(
  present: readonly unknown[],
  patch: readonly unknown[],
  schema: Schema | undefined,
): unknown[] {
  if (strategyOf(schema) !== 'merge') return withoutDirectives(patch) as unknown[]
  if (present.length === 0 && patch.length === 0) return []
  const maps = [...present, ...patch].filter(isMap).length
  if (maps === 0) {
    if ([...present, ...patch].some(Array.isArray)) throw new PatchError('lists of lists are not supported')
    return inOrder([...new Set([...present, ...patch])], patch, present, undefined)
  }
  if (maps !== present.length + patch.length) {
    throw new PatchError(`list element types are not identical: ${JSON.stringify([present, patch])}`)
  }
  const key = schema?.['x-kubernetes-patch-merge-key']
  if (key === undefined) throw new PatchError('cannot merge lists without merge key')
  const { kept, changes } = itemDirectives(present as JsonMap[], patch as JsonMap[], key)
  const merged = [...kept]
  for (const change of changes) {
    const value = keyOf(change, key)
    const at = merged.findIndex((item) => keyOf(item, key) === value)
    if (at < 0) merged.push(plain(change) as JsonMap)
    else merged[at] = strategicMerge(merged[at], change, schema?.items)
  }
  return inOrder(merged, changes, kept, key)
}

/** Items marked delete take the live item away; one marked replace makes the rest of the patch the whole list. */
function itemDirectives(present: readonly JsonMap[], patch: readonly JsonMap[], key: string) {
  let kept = present
  let replace = false
  const changes: JsonMap[] = []
  for (const item of patch) {
    const directive = item[PATCH]
    if (!(PATCH in item)) changes.push(item)
    else if (directive === 'delete') {
      const value = keyOf(item, key)
      kept = kept.filter((one) => keyOf(one, key) !== value)
    } else if (directive === 'replace') replace = true
    else if (directive === 'merge') throw new PatchError('merging lists cannot yet be specified in the patch')
    else throw new PatchError(`unknown patch type: ${String(directive)} in map: ${JSON.stringify(item)}`)
  }
  return replace ? { kept: plain(changes) as JsonMap[], changes: [] } : { kept, changes }
}

function keyOf(item: JsonMap, key: string): unknown {
  if (!Object.hasOwn(item, key)) {
    throw new PatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
  }
  return item[key]
}

/** A value that the live object has nothing to merge with. */
const plain = (value: unknown): unknown => withoutDirectives(withoutNulls(value))

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (one === null ? [] : [[key, withoutNulls(one)]])),
  )
}

/** A new value without what only directs the merge; undefined when it was nothing but a directive. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((one) => one !== undefined)
  if (!isMap(value)) return value
  if (PATCH in value) return undefined
  const out: Record<string, unknown> = {}
  for (const [key, one] of Object.entries(value)) {
    if (key === RETAIN_KEYS || key.startsWith(`${SET_ORDER}/`) || key.startsWith(`${DELETE_FROM}/`)) continue
    const kept = withoutDirectives(one)
    if (kept !== undefined) out[key] = kept
  }
  return out
}
