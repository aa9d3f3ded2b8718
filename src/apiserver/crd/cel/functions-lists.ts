// The lists and sets libraries of Kubernetes.
import type { Environment } from '@marcbachmann/cel-js'
import { sameJson } from '../../pipeline/same-json.ts'

class Sets {}
type List = readonly unknown[]

/** Adds isSorted, sum, min, max, indexOf, lastIndexOf, slice, distinct, flatten, sort, reverse, and `sets`. */
export function registerLists(environment: Environment): void {
  const add = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler as (...args: unknown[]) => unknown)
  }
  add('list.isSorted(): bool', (list: List) =>
    list.every((item, at) => at === 0 || compare(list[at - 1], item) <= 0),
  )
  add('list.sum(): dyn', (list: List) => list.reduce(plus, undefined) ?? 0n)
  add('list.min(): dyn', (list: List) => extreme(list, -1))
  add('list.max(): dyn', (list: List) => extreme(list, 1))
  add('list.indexOf(dyn): int', (list: List, item: unknown) =>
    BigInt(list.findIndex((one) => same(one, item))),
  )
  add('list.lastIndexOf(dyn): int', (list: List, item: unknown) =>
    BigInt(list.findLastIndex((one) => same(one, item))),
  )
  add('list.slice(int, int): list<dyn>', (list: List, from: bigint, to: bigint) => {
    if (from < 0n || to > BigInt(list.length) || from > to) throw new Error('index out of bounds')
    return list.slice(Number(from), Number(to))
  })
  add('list.distinct(): list<dyn>', (list: List) => distinct(list))
  add('list.flatten(): list<dyn>', (list: List) => list.flat())
  add('list.sort(): list<dyn>', (list: List) => [...list].sort(compare))
  add('list.reverse(): list<dyn>', (list: List) => [...list].reverse())
  environment.registerType('Sets', Sets)
  environment.registerConstant('sets', 'Sets', new Sets())
  const within = (list: List, other: List): boolean =>
    other.every((item) => list.some((one) => same(one, item)))
  add('Sets.contains(list, list): bool', (_: Sets, list: List, other: List) => within(list, other))
  add('Sets.equivalent(list, list): bool', (_: Sets, a: List, b: List) => within(a, b) && within(b, a))
  add('Sets.intersects(list, list): bool', (_: Sets, a: List, b: List) => a.some((item) => within(b, [item])))
}

/** CEL's equality of the values that rules see. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'bigint' && typeof b === 'number') return Number(a) === b
  if (typeof a === 'number' && typeof b === 'bigint') return a === Number(b)
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  return sameJson(a, b)
}

const distinct = (list: List): List =>
  list.filter((item, at) => list.findIndex((one) => same(one, item)) === at)

function compare(a: unknown, b: unknown): number {
  const [left, right] = [a as number, b as number]
  return left < right ? -1 : left > right ? 1 : 0
}

function plus(total: unknown, item: unknown): unknown {
  if (total === undefined) return item
  return typeof total === 'bigint' && typeof item === 'bigint' ? total + item : Number(total) + Number(item)
}

function extreme(list: List, direction: number): unknown {
  if (list.length === 0) throw new Error('min/max called on empty list')
  return list.reduce((best, item) => (compare(item, best) * direction > 0 ? item : best))
}
