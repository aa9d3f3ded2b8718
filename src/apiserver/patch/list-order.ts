// The order of a merged list: items that the patch names in the patch's order, the server's own among them where the live list had them.
import { isMap } from './json.ts'
import { PatchError } from './patch-error.ts'

/** Items of the patch must come in the order that the directive gives, and all be in it; deletions do not count. */
export function checkOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  key: string | undefined,
): void {
  if (patch.length === 0 || order.length === 0) return
  const items = patch.filter((item) => !(isMap(item) && '$patch' in item))
  let at = 0
  for (const wanted of order) {
    if (at < items.length && idOf(items[at], key) === idOf(wanted, key)) at++
  }
  if (at < items.length) {
    throw new PatchError(
      `The order in patch list:\n${JSON.stringify(patch)}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}\n`,
    )
  }
}

/** `merged` with the items of `order` in that order and the others in the order of `live`, interleaved as `live` had them. */
export function inOrder(
  merged: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  key: string | undefined,
): unknown[] {
  const wanted = positions(order, key)
  const before = positions(live, key)
  const place = (map: ReadonlyMap<unknown, number>, item: unknown): number => map.get(idOf(item, key)) ?? -1
  const named = merged
    .filter((item) => place(wanted, item) >= 0)
    .sort((a, b) => place(wanted, a) - place(wanted, b))
  const others = merged
    .filter((item) => place(wanted, item) < 0)
    .sort((a, b) => place(before, a) - place(before, b))
  const out: unknown[] = []
  let [i, j] = [0, 0]
  while (i < others.length || j < named.length) {
    if (i >= others.length) out.push(named[j++])
    else if (j >= named.length) out.push(others[i++])
    else {
      const [left, right] = [place(before, others[i]), place(before, named[j])]
      out.push(left >= 0 && right >= 0 && left < right ? others[i++] : named[j++])
    }
  }
  return out
}

function idOf(item: unknown, key: string | undefined): unknown {
  if (key === undefined) return item
  if (isMap(item) && Object.hasOwn(item, key)) return item[key]
  throw new PatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
}

function positions(list: readonly unknown[], key: string | undefined): Map<unknown, number> {
  const map = new Map<unknown, number>()
  list.forEach((item, at) => {
    const id = idOf(item, key)
    if (!map.has(id)) map.set(id, at)
  })
  return map
}
