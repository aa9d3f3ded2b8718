// A soak: mixed traffic with changes of the model in the middle of it, and then what the process still holds beside what it held at the start.
import type { Held } from './held.ts'
import { visits } from './traffic.ts'
import { makeWorld, type Setting, type World } from './world.ts'

export interface SoakReport {
  readonly visits: number
  readonly changes: number
  /** What a client got that it should not have. */
  readonly wrong: readonly string[]
  /** After warming up, and at the end. */
  readonly start: Held
  readonly end: Held
  readonly inFlight: number
}

/** How many clients are there at once. */
const CLIENTS = 8

/** Runs until `done` says so; every client does one visit after the other, all kinds in turn. */
async function phase(
  world: World,
  done: (visits: number) => boolean,
): Promise<{ visits: number; changes: number; wrong: string[] }> {
  let count = 0
  let changes = 0
  const wrong: string[] = []
  const client = async (): Promise<void> => {
    while (!done(count)) {
      const visit = visits[count++ % visits.length] as (typeof visits)[number]
      const problem = await visit(world)
      if (problem !== undefined) wrong.push(problem)
      if (count % 10 === 0) {
        changes++
        await world.change()
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return { visits: count, changes, wrong }
}

/** Waits until idle connections have closed and draining ones were cut, as their timeouts say. */
async function quiet(world: World): Promise<Held> {
  while ((await world.inFlight()) > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  let now = await world.held()
  for (let same = 0; same < 5; same++) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { handles } = now
    now = await world.held()
    if (now.handles['TCPSocketWrap'] !== handles['TCPSocketWrap']) same = 0
  }
  return now
}

/** Runs until `warm` says that it is, then until `done`; both are told the visits so far. */
export async function soak(
  setting: Setting,
  warm: (visits: number) => boolean,
  done: (visits: number) => boolean,
): Promise<SoakReport> {
  const world = await makeWorld(setting)
  try {
    const first = await phase(world, warm)
    // An even version has a spare listener: both measurements must have it, or neither.
    if (first.changes % 2 === 1) await world.change()
    const start = await quiet(world)
    const { visits: count, changes, wrong } = await phase(world, done)
    if (changes % 2 === 1) await world.change()
    const end = await quiet(world)
    return {
      visits: count,
      changes,
      wrong: [...first.wrong, ...wrong],
      start,
      end,
      inFlight: await world.inFlight(),
    }
  } finally {
    await world.close()
  }
}
