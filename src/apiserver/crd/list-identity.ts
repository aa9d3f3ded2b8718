// Which item of the old list an item of the new one is: by its keys in a list of type map, unknown in others.
import type { Schema } from '../schema.ts'

/** Finds the old item for a new one; for lists whose items have no identity it finds none. */
export function correlate(schema: Schema, old: unknown): (item: unknown) => unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return () => undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const byKey = new Map<string, unknown>()
  for (const item of old) {
    const id = identity(item, keys)
    if (id !== undefined && !byKey.has(id)) byKey.set(id, item)
  }
  return (item) => {
    const id = identity(item, keys)
    return id === undefined ? undefined : byKey.get(id)
  }
}

/** The keys of an item as text. */
export function identity(item: unknown, keys: readonly string[]): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  const map = item as Readonly<Record<string, unknown>>
  return JSON.stringify(keys.map((key) => map[key] ?? null))
}
