// What becomes of a container that the last run of the cluster left behind, as its status tells.
import type { ContainerState, ContainerStatus } from '../objects/pod.ts'
import { terminatedState } from './terminated-state.ts'

export interface Resumed {
  readonly state: ContainerState
  readonly lastState: ContainerState
  readonly restartCount: number
  readonly finished: boolean
}

/**
 * What ran is taken as ended with the machine (exit code 255, as kubelets do after a reboot), and its new start is counted.
 * `restarts` is the restart policy; `fresh` the state of a container that has not been started.
 */
export function resume(
  before: ContainerStatus,
  init: boolean,
  restarts: (exitCode: number) => boolean,
  fresh: ContainerState,
  now: number,
): Resumed {
  const { restartCount, lastState } = before
  if (before.state.terminated) {
    const again = restarts(before.state.terminated.exitCode)
    const ended = { state: before.state, lastState: again ? before.state : lastState }
    // Init containers run again after a reboot, whatever came of them.
    return { ...ended, restartCount: again ? restartCount + 1 : restartCount, finished: !again && !init }
  }
  if (before.state.running) {
    const startedAt = Date.parse(before.state.running.startedAt) || 0
    const ended = terminatedState({ code: 255 }, startedAt, now, before.containerID)
    const lost = { terminated: { ...ended, reason: 'Unknown' } }
    const again = restarts(255)
    return again
      ? { state: fresh, lastState: lost, restartCount: restartCount + 1, finished: false }
      : { state: lost, lastState, restartCount, finished: true }
  }
  return { state: fresh, lastState, restartCount, finished: false }
}
