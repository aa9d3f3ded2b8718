// How ownership sees a schema: for each node, whether maps and lists below it are merged item by item or as one. Made lazily and once per schema.
import type { Schema } from '../schema.ts'

export interface MapShape {
  readonly atomic: boolean
  /** A declared property. */
  readonly field: (name: string) => Shape | undefined
  /** Any other key; undefined when none is allowed. */
  readonly element: Shape | undefined
  /** Properties that Go always has (plain structs and required fields): absent counts as empty, or as null for lists. */
  readonly always: ReadonlyMap<string, unknown>
}

export interface ListShape {
  /** `keys` empty: a set of scalars. */
  readonly kind: 'atomic' | 'associative'
  readonly keys: readonly string[]
  readonly element: Shape
  /** What a key is when an item leaves it out. */
  readonly keyDefaults: Readonly<Record<string, unknown>>
}

/** What a value may be here. Exactly one of the three is used, chosen by the value. */
export interface Shape {
  readonly scalar: boolean
  readonly map: MapShape | undefined
  readonly list: ListShape | undefined
  /** Free-form: nothing is known of what lies below. */
  readonly untyped: boolean
}

const NO_DEFAULTS: ReadonlyMap<string, unknown> = new Map()

/** Lists in here are atomic, and so is everything inside them. */
const untypedAtomic: Shape = {
  scalar: true,
  untyped: true,
  map: {
    atomic: true,
    field: () => undefined,
    get element() {
      return untypedAtomic
    },
    always: NO_DEFAULTS,
  },
  list: {
    kind: 'atomic',
    keys: [],
    keyDefaults: {},
    get element() {
      return untypedAtomic
    },
  },
}

/** A value without schema: maps are merged, lists are atomic. */
export const deducedShape: Shape = {
  scalar: true,
  untyped: true,
  list: untypedAtomic.list,
  map: {
    atomic: false,
    field: () => undefined,
    get element() {
      return deducedShape
    },
    always: NO_DEFAULTS,
  },
}

const caches = [0, 1, 2, 3].map(() => new WeakMap<Schema, Shape>())

/** The shape of a schema. `builtin` kinds are compared as Go structs, in which plain structs are never absent. */
export function shapeOf(schema: Schema, builtin: boolean, preserving = false): Shape {
  const preserve = preserving || schema['x-kubernetes-preserve-unknown-fields'] === true
  const cache = caches[(builtin ? 1 : 0) + (preserve ? 2 : 0)] as WeakMap<Schema, Shape>
  let shape = cache.get(schema)
  if (!shape) {
    shape = makeShape(schema, builtin, preserve)
    cache.set(schema, shape)
  }
  return shape
}

function makeShape(schema: Schema, builtin: boolean, preserve: boolean): Shape {
  const map = lazy(() => mapShape(schema, builtin, preserve))
  const list = lazy(() => listShape(schema, builtin, preserve))
  const any = schema.type === undefined
  const scalarOnly = schema['x-kubernetes-int-or-string'] === true
  return {
    scalar: scalarOnly || (schema.type !== 'object' && schema.type !== 'array'),
    untyped: false,
    get map() {
      return !scalarOnly && (any || schema.type === 'object') ? map() : undefined
    },
    get list() {
      return !scalarOnly && (any || schema.type === 'array') ? list() : undefined
    },
  }
}

function mapShape(schema: Schema, builtin: boolean, preserve: boolean): MapShape {
  const properties = schema.properties ?? {}
  const additional = schema.additionalProperties
  const free = additional === undefined && (preserve || Object.keys(properties).length === 0)
  const always = new Map<string, unknown>()
  if (builtin) {
    for (const [name, property] of Object.entries(properties)) {
      if (isEmptyObject(property.default)) always.set(name, {})
      else if (property.type === 'array' && schema.required?.includes(name)) always.set(name, null)
    }
  }
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    field: (name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined
      return property && shapeOf(property, builtin, preserve)
    },
    get element() {
      if (typeof additional === 'object') return shapeOf(additional, builtin, preserve)
      return free || additional === true ? deducedShape : undefined
    },
    always,
  }
}

function listShape(schema: Schema, builtin: boolean, preserve: boolean): ListShape {
  const keyDefaults: Record<string, unknown> = {}
  const { associative, keys } = listRelation(schema)
  for (const key of keys) {
    const value = schema.items?.properties?.[key]?.default
    if (value !== undefined) keyDefaults[key] = value
  }
  return {
    kind: associative ? 'associative' : 'atomic',
    keys,
    keyDefaults,
    get element() {
      return schema.items ? shapeOf(schema.items, builtin, preserve) : untypedAtomic
    },
  }
}

/** x-kubernetes-list-type decides; without it the older patch strategy does; else a list is atomic. */
function listRelation(schema: Schema): { associative: boolean; keys: readonly string[] } {
  const type = schema['x-kubernetes-list-type']
  if (type !== undefined) {
    return {
      associative: type !== 'atomic',
      keys: type === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [],
    }
  }
  const merge = schema['x-kubernetes-patch-strategy']?.split(',').includes('merge') ?? false
  const key = schema['x-kubernetes-patch-merge-key']
  return { associative: merge, keys: merge && key !== undefined ? [key] : [] }
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  )
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
