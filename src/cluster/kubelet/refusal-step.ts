// What is shown and said while a container cannot be started: `ErrImagePull` first, then `ImagePullBackOff`, or the configuration error.
import type { Container } from '../objects/pod.ts'
import type { Refusal } from './surroundings.ts'

/** How long `ErrImagePull` is shown before it becomes `ImagePullBackOff`. */
const PULL_ERROR_MS = 1000

export interface RefusalStep {
  readonly waiting: { readonly reason: string; readonly message: string }
  readonly events: readonly {
    readonly type: 'Normal' | 'Warning'
    readonly reason: string
    readonly message: string
  }[]
  readonly pauseMs: number
}

/** The next step; `again` when the container was refused before, `backOffMs` gives the growing pause. */
export function refusalStep(
  refusal: Refusal,
  { image }: Container,
  again: boolean,
  backOffMs: () => number,
): RefusalStep {
  const { reason, message } = refusal
  if (reason !== 'ErrImagePull') {
    const spoken = reason === 'InvalidImageName' ? 'InspectFailed' : 'Failed'
    return {
      waiting: refusal,
      events: [{ type: 'Warning', reason: spoken, message: `Error: ${message}` }],
      pauseMs: backOffMs(),
    }
  }
  if (!again) {
    const events = [`Failed to pull image "${image}": ${message}`, 'Error: ErrImagePull'].map((text) => ({
      type: 'Warning' as const,
      reason: 'Failed',
      message: text,
    }))
    return { waiting: refusal, events, pauseMs: PULL_ERROR_MS }
  }
  const text = `Back-off pulling image "${image}"`
  return {
    waiting: { reason: 'ImagePullBackOff', message: `${text}: ErrImagePull: ${message}` },
    events: [{ type: 'Normal', reason: 'BackOff', message: text }],
    pauseMs: backOffMs(),
  }
}
