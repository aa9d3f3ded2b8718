// What a container needs of the pod around it.
import type { Container } from '../objects/pod.ts'
import type { LogFile } from './log-file.ts'
import type { ProbeTarget } from './probe-action.ts'
import type { Refusal, Surroundings } from './surroundings.ts'

export interface ContainerHost {
  /** Computed anew for each start: references and annotations may have changed. */
  readonly surroundings: (container: Container) => Surroundings | Refusal
  readonly probeTarget: () => Pick<ProbeTarget, 'address' | 'locate'>
  readonly openLog: (container: Container, restart: number) => LogFile
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string, container: Container) => void
  readonly changed: () => void
  readonly proxyReady: () => boolean
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly gracePeriodMs: () => number
  /** `web_default(uid)`, as back-off messages name pods. */
  readonly podName: string
  readonly uid: string
  readonly now: () => number
}
