// Where things stand in a text: what stays of a syntax tree once the values have been taken out of it.

/** Of a map or a list; a scalar has none, its key or its position in the list says where it is. Offsets count from the start of the text. */
export interface Place {
  readonly at: number
  /** Names of a map's entries; a list has none. */
  readonly keys?: readonly string[]
  /** Of a map where its keys start, of a list where its items start. */
  readonly starts: readonly number[]
  readonly parts: readonly (Place | undefined)[]
}

/** The offset of what a path leads to, for an entry of a map that of its key; where the path ends early, of the nearest thing above. */
export function offsetAt(root: Place, path: readonly (string | number)[]): number {
  let place: Place | undefined = root
  let offset = root.at
  for (const step of path) {
    if (place === undefined) return offset
    const index: number = place.keys === undefined ? Number(step) : place.keys.indexOf(String(step))
    const start: number | undefined = place.starts[index]
    if (start === undefined) return offset
    offset = start
    place = place.parts[index]
  }
  return offset
}

/** The place of one part, where that is a map or a list. */
export function partOf(place: Place | undefined, step: string | number): Place | undefined {
  const index = typeof step === 'number' ? step : (place?.keys?.indexOf(step) ?? -1)
  return place?.parts[index]
}
