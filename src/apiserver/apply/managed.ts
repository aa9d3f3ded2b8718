// managedFields between the wire and the working form: entries by manager identity, their field sets as trees.
import { canonicalJson } from './canonical-json.ts'
import { type Fields, MEMBER, ordered, union } from './fields.ts'
import { canonicalElement } from './path-element.ts'
import { isMap } from './value.ts'

/** One manager's claim, in one version. */
export interface ManagedEntry {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource?: string
  readonly time?: string
  readonly fields: Fields | undefined
}

/** By identity: name, operation and subresource; for updates the version as well. */
export type Managed = ReadonlyMap<string, ManagedEntry>

/** The key under which an entry is kept: an applier has one entry whatever the version, an updater one per version. */
export function identityOf(
  entry: Pick<ManagedEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>,
): string {
  const version = entry.operation === 'Update' ? entry.apiVersion : ''
  return JSON.stringify([entry.manager, entry.operation, version, entry.subresource ?? ''])
}

/** Whether the client asks to forget all ownership: an empty list, or one empty entry. */
export function isReset(managedFields: readonly unknown[] | undefined): boolean {
  if (managedFields === undefined) return false
  return managedFields.length === 0 || (managedFields.length === 1 && isEmptyEntry(managedFields[0]))
}

const isEmptyEntry = (entry: unknown): boolean =>
  isMap(entry) && Object.values(entry).every((value) => value === '' || value === null || value === undefined)

/** Reads managedFields; undefined when they are malformed. */
export function decodeManaged(managedFields: readonly unknown[] | undefined): Managed | undefined {
  const managed = new Map<string, ManagedEntry>()
  for (const entry of managedFields ?? []) {
    const decoded = isMap(entry) ? decodeEntry(entry) : undefined
    if (!decoded) return undefined
    managed.set(identityOf(decoded), decoded)
  }
  return managed
}

function decodeEntry(entry: Readonly<Record<string, unknown>>): ManagedEntry | undefined {
  const { manager = '', operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = entry
  if (operation !== 'Apply' && operation !== 'Update') return undefined
  if (typeof apiVersion !== 'string' || apiVersion === '' || fieldsType !== 'FieldsV1') return undefined
  if (typeof manager !== 'string') return undefined
  return {
    manager,
    operation,
    apiVersion,
    ...(typeof subresource === 'string' && subresource !== '' ? { subresource } : {}),
    ...(typeof time === 'string' ? { time } : {}),
    fields: isMap(fieldsV1) ? decodeFields(fieldsV1) : undefined,
  }
}

/** Trees that this server wrote or has read before. */
const known = new WeakMap<object, { readonly fields: Fields | undefined }>()

/** A fieldsV1 object as a set; keys that are no path elements are dropped (so that newer ones do no harm). */
export function decodeFields(raw: Readonly<Record<string, unknown>>): Fields | undefined {
  let found = known.get(raw)
  if (!found) {
    const fields = canonical(raw, true)
    found = { fields }
    known.set(raw, found)
  }
  return found.fields
}

function canonical(raw: Readonly<Record<string, unknown>>, root: boolean): Fields | undefined {
  const keys = Object.keys(raw)
  if (keys.length === 0) return root ? undefined : MEMBER
  const out: Record<string, Fields> = {}
  for (const key of keys) {
    if (key === '.') {
      if (!root) out['.'] = MEMBER
      continue
    }
    const element = canonicalElement(key)
    if (element === undefined) continue
    const value = raw[key]
    const node = isMap(value) ? canonical(value, false) : MEMBER
    const merged = union(out[element], node)
    if (merged) out[element] = merged
  }
  return Object.keys(out).length > 0 ? out : root ? undefined : MEMBER
}

/** managedFields for the wire, sorted as Kubernetes sorts them; undefined when nobody owns anything. */
export function encodeManaged(managed: Managed): readonly unknown[] | undefined {
  const entries = [...managed.values()].filter((entry) => entry.fields !== undefined).sort(compareEntries)
  return entries.length === 0 ? undefined : entries.map(encodeEntry)
}

function encodeEntry({ manager, operation, apiVersion, time, fields, subresource }: ManagedEntry): unknown {
  const fieldsV1 = ordered(fields ?? MEMBER)
  known.set(fieldsV1, { fields: fieldsV1 })
  return {
    ...(manager === '' ? {} : { manager }),
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource === undefined ? {} : { subresource }),
  }
}

function compareEntries(a: ManagedEntry, b: ManagedEntry): number {
  return (
    text(a.operation, b.operation) ||
    seconds(a) - seconds(b) ||
    text(a.manager, b.manager) ||
    text(a.apiVersion, b.apiVersion) ||
    text(a.subresource ?? '', b.subresource ?? '')
  )
}

const text = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** The time of an entry in seconds; 0 without one. */
export function seconds(entry: Pick<ManagedEntry, 'time'>): number {
  const millis = entry.time === undefined ? Number.NaN : Date.parse(entry.time)
  return Number.isNaN(millis) ? 0 : Math.floor(millis / 1000)
}

/** Whether two entries are alike but for their time. */
export function sameButTime(a: unknown, b: unknown): boolean {
  if (!isMap(a) || !isMap(b)) return false
  return canonicalJson({ ...a, time: undefined }) === canonicalJson({ ...b, time: undefined })
}
