// Consistent hashing: ring (Ketama) and Maglev. The same key goes to the same endpoint as long as that is usable.
import type { Balancing } from '../../../../ir/cluster.ts'
import type { Balancer } from './candidate.ts'

const RING_SIZE = 1024
const MAGLEV_SIZE = 65_537

/** FNV-1a with a final mix: 32 bits of a text. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** What has a place on a table while it may not be used: when it comes back its keys come back to it. */
export interface Placed {
  readonly key: string
  readonly usable: boolean
}

/** Makes the balancer; its table is built at the first request. `weights` are those of the candidates at the same place. */
export function hashRing<T extends Placed>(
  balancing: Extract<Balancing, { kind: 'ring-hash' | 'maglev' }>,
  candidates: readonly T[],
  weights: readonly number[],
): Balancer<T> {
  let table: Table | undefined
  const places = candidates.map(({ key }, index) => ({ key, weight: weights[index] ?? 1 }))
  return {
    pick: (hash, tried) => {
      if (hash === undefined) return undefined
      table ??= balancing.kind === 'maglev' ? maglev(places, balancing.size) : ring(places, balancing.size)
      const { owners, start } = table
      const from = start(hash)
      for (let step = 0; step < owners.length; step++) {
        const candidate = candidates[owners[(from + step) % owners.length] as number]
        if (candidate?.usable === true && tried?.has(candidate.key) !== true) return candidate
      }
      return undefined
    },
  }
}

interface Place {
  readonly key: string
  readonly weight: number
}

interface Table {
  /** Who has each place of the table. */
  readonly owners: Int32Array
  /** The place of a hash; when its owner may not be used, the next ones follow. */
  readonly start: (hash: number) => number
}

function ring(places: readonly Place[], size = RING_SIZE): Table {
  const total = places.reduce((sum, { weight }) => sum + weight, 0)
  const points: { readonly at: number; readonly index: number }[] = []
  for (const [index, { key, weight }] of places.entries()) {
    const share = Math.max(1, Math.round((size * weight) / Math.max(1, total)))
    for (let i = 0; i < share; i++) points.push({ at: hashText(`${key}_${i}`), index })
  }
  points.sort((a, b) => a.at - b.at)
  const positions = Uint32Array.from(points, ({ at }) => at)
  return {
    owners: Int32Array.from(points, ({ index }) => index),
    start: (hash) => {
      let low = 0
      let high = positions.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((positions[middle] as number) < hash) low = middle + 1
        else high = middle
      }
      return low
    },
  }
}

/** Maglev hashing (NSDI 2016, section 3.4): every endpoint fills the table by its own permutation, in turns by weight. */
function maglev(places: readonly Place[], size = MAGLEV_SIZE): Table {
  const owners = new Int32Array(size).fill(-1)
  const heaviest = Math.max(...places.map(({ weight }) => weight))
  const states = places.map(({ key, weight }, index) => ({
    index,
    weight,
    credit: 0,
    at: hashText(key) % size,
    skip: (hashText(`${key}#`) % (size - 1)) + 1,
  }))
  let filled = 0
  while (filled < size && heaviest > 0) {
    for (const state of states) {
      state.credit += state.weight
      while (state.credit >= heaviest && filled < size) {
        state.credit -= heaviest
        while (owners[state.at] !== -1) state.at = (state.at + state.skip) % size
        owners[state.at] = state.index
        filled++
      }
    }
  }
  return { owners, start: (hash) => hash % size }
}
