// Offsets of a text as lines and columns.

/** Line and column of an offset, both from 1. */
export type LineAt = (offset: number) => { readonly line: number; readonly column: number }

function startsOf(text: string): Uint32Array {
  const starts = [0]
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  return Uint32Array.from(starts)
}

/** Looks lines up in a text; it is not read before the first one is asked for. */
export function linesOf(text: string): LineAt {
  let starts: Uint32Array | undefined
  return (offset) => {
    starts ??= startsOf(text)
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
