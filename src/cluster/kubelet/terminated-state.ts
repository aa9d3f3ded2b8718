// The end of a container as its status shows it.
import type { Exit } from './launch.ts'

/** The state of a container that ended. Times in ms since the epoch. */
export function terminatedState(exit: Exit, startedAt: number, finishedAt: number, id: string | undefined) {
  return {
    exitCode: exit.code,
    ...(exit.signal === undefined ? {} : { signal: exit.signal }),
    reason: exit.code === 0 ? 'Completed' : 'Error',
    startedAt: stamp(startedAt),
    finishedAt: stamp(finishedAt),
    ...(id === undefined ? {} : { containerID: id }),
  }
}

/** RFC 3339 with seconds, as Kubernetes writes times. */
export function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
