// Path elements of fieldsV1: how list items and fields are named in ownership trees, printed in messages, and ordered.
import { goQuote } from '../validation/go-quote.ts'
import { canonicalJson } from './canonical-json.ts'

/** `f:name` */
export const fieldElement = (name: string): string => `f:${name}`

/** `v:"x"`: an item of a set. */
export const valueElement = (value: unknown): string => `v:${canonicalJson(value)}`

/** `k:{"name":"x"}`: an item of a keyed list. */
export const keyElement = (keys: Readonly<Record<string, unknown>>): string => `k:${canonicalJson(keys)}`

/** The canonical spelling of an element that a client sent; undefined when it is none. Elements of unknown type are none. */
export function canonicalElement(element: string): string | undefined {
  if (element.startsWith('f:')) return element
  if (element.startsWith('i:')) return /^i:-?\d+$/.test(element) ? element : undefined
  if (!element.startsWith('k:') && !element.startsWith('v:')) return undefined
  try {
    return element.slice(0, 2) + canonicalJson(JSON.parse(element.slice(2)))
  } catch {
    return undefined
  }
}

/** `.spec.containers[name="x"].image`, as conflicts print it. */
export function printPath(path: readonly string[]): string {
  return path.map(printElement).join('')
}

function printElement(element: string): string {
  const rest = element.slice(2)
  if (element.startsWith('f:')) return `.${rest}`
  if (element.startsWith('i:')) return `[${rest}]`
  const value: unknown = JSON.parse(rest)
  if (element.startsWith('v:')) return `[=${printValue(value)}]`
  const keys = Object.entries(value as Record<string, unknown>)
  return `[${keys.map(([name, one]) => `${name}=${printValue(one)}`).join(',')}]`
}

const printValue = (value: unknown): string =>
  typeof value === 'string' ? goQuote(value) : canonicalJson(value)

const RANK: Readonly<Record<string, number>> = { '.': 0, f: 1, k: 2, v: 3, i: 4 }

/** Order of elements: `.`, fields, keys, values; numbers by value, text by code unit. */
export function compareElements(a: string, b: string): number {
  if (a === b) return 0
  const rank = (RANK[a.charAt(0)] ?? 5) - (RANK[b.charAt(0)] ?? 5)
  if (rank !== 0) return rank
  if (a.startsWith('f:')) return a < b ? -1 : 1
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)))
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const [left, right] = [Object.entries(a), Object.entries(b)]
    for (let at = 0; at < left.length && at < right.length; at++) {
      const [l, r] = [left[at], right[at]]
      if (!l || !r) break
      if (l[0] !== r[0]) return l[0] < r[0] ? -1 : 1
      const values = compareValues(l[1], r[1])
      if (values !== 0) return values
    }
    return left.length - right.length
  }
  if (typeof a !== typeof b) return typeRank(a) - typeRank(b)
  if (a === b) return 0
  return (a as string | number | boolean) < (b as string | number | boolean) ? -1 : 1
}

const TYPES = ['number', 'string', 'boolean', 'object']
const typeRank = (value: unknown): number => TYPES.indexOf(typeof value)
