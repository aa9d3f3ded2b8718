// What an applied configuration must satisfy to be merged: declared fields only, and list items that can be told apart.
import { printPath } from './path-element.ts'
import type { Shape } from './shape.ts'
import { atomOf, isMap, itemElement, type Json } from './value.ts'

/** Everything wrong with an applied value, as `.spec.x: field not declared in schema`. */
export function checkApplied(value: Json, shape: Shape, path = ''): string[] {
  const atom = atomOf(shape, value)
  if (value === null || value === undefined) return []
  if (atom.map) {
    const map = atom.map
    if (!isMap(value)) return [`${path}: expected map, got ${describe(value)}`]
    return Object.entries(value).flatMap(([key, one]) => {
      const inner = map.field(key) ?? map.element
      return inner
        ? checkApplied(one, inner, `${path}.${key}`)
        : [`${path}.${key}: field not declared in schema`]
    })
  }
  if (atom.list) {
    const list = atom.list
    if (!Array.isArray(value)) return [`${path}: expected list, got ${describe(value)}`]
    const seen = new Set<string>()
    return value.flatMap((item, index) => {
      if (list.kind === 'atomic') return checkApplied(item, list.element, `${path}[${index}]`)
      const element = itemElement(list, item)
      if (element === undefined) {
        return [`${path}: element ${index}: ${unnamed(list.keys)}`]
      }
      const name = printPath([element])
      const twice = seen.has(element) ? [`${path}: duplicate entries for key ${name}`] : []
      seen.add(element)
      return [...twice, ...checkApplied(item, list.element, `${path}${name}`)]
    })
  }
  return typeof value === 'object' ? [`${path}: expected a scalar, got ${describe(value)}`] : []
}

function unnamed(keys: readonly string[]): string {
  if (keys.length === 0) return 'associative list without keys has an element that is not a scalar'
  const names = keys.map((key) => `"${key}"`).join(' ')
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`
}

const describe = (value: Json): string => JSON.stringify(value).slice(0, 200)
