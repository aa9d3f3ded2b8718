// The end of a turn of the event loop: what many connections have to say in one turn goes out together, one after the other. Each write
// wakes whoever reads the other end, and a reader that is awake already costs nothing; code and data of one step stay in the caches.

/** Something put off to the end of the turn. */
export interface Deferred {
  endOfTurn(): void
}

const waiting: Deferred[] = []

/** Has `endOfTurn` called once everything that the system reported in this turn was dealt with: in order, and soon. */
export function atEndOfTurn(item: Deferred): void {
  if (waiting.length === 0) setImmediate(endTurn)
  waiting.push(item)
}

function endTurn(): void {
  let at = 0
  try {
    // One may put off another: a hop inside this process answers within the turn.
    while (at < waiting.length) (waiting[at++] as Deferred).endOfTurn()
  } finally {
    waiting.splice(0, at)
    if (waiting.length > 0) setImmediate(endTurn)
  }
}
