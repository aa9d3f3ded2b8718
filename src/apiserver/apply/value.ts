// JSON values under a shape: which of a shape's alternatives a value takes, and the path element of a list item.
import { keyElement, valueElement } from './path-element.ts'
import type { ListShape, MapShape, Shape } from './shape.ts'

export type Json = unknown
export type JsonMap = Readonly<Record<string, unknown>>

export const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Stands for a map or list that lost all that was in it. It counts as null until withoutEmptied takes it out. */
export const EMPTIED = Symbol('emptied')

/** The alternative of a shape that applies to a value: a map shape, a list shape or a scalar. Null and absent take the first one there is. */
export type Atom =
  | { readonly map: MapShape; readonly list?: undefined }
  | { readonly list: ListShape; readonly map?: undefined }
  | { readonly map?: undefined; readonly list?: undefined }

const SCALAR: Atom = {}

/** Chooses the alternative for a value; a value that fits none takes the shape's first. */
export function atomOf(shape: Shape, value: Json): Atom {
  const { map, list, scalar } = shape
  if (Array.isArray(value)) {
    if (list) return { list }
  } else if (isMap(value)) {
    if (map) return { map }
  } else if (value !== null && value !== undefined && value !== EMPTIED && scalar) return SCALAR
  if (map) return { map }
  if (scalar) return SCALAR
  return list ? { list } : SCALAR
}

/** The element that names an item of an associative list; undefined when the item cannot be named. */
export function itemElement(shape: ListShape, item: Json): string | undefined {
  if (shape.keys.length === 0) {
    return typeof item === 'object' || item === undefined ? undefined : valueElement(item)
  }
  if (!isMap(item)) return undefined
  const keys: Record<string, unknown> = {}
  let some = false
  for (const key of shape.keys) {
    const value = item[key] ?? shape.keyDefaults[key]
    if (value === undefined) continue
    keys[key] = value
    some = true
  }
  return some ? keyElement(keys) : undefined
}
