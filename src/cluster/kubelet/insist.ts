// Writes of the kubelet that must get through: retried with growing pauses.
import { ApiError } from '../../apiserver/client.ts'
import { pause } from './prober.ts'

const FIRST_RETRY_MS = 20
const LONGEST_RETRY_MS = 30_000

export interface Insistence {
  /** Nothing is to be written any more. */
  readonly quiet: AbortSignal
  /** Whether the API still has this very object, as far as is known. */
  readonly exists: () => boolean
  readonly failed: (error: unknown) => void
}

/** Repeats a write until it succeeds, the object is gone (or its name belongs to another one), or silence is asked for. */
export async function insist(
  { quiet, exists, failed }: Insistence,
  write: () => Promise<void>,
): Promise<void> {
  for (let pauseMs = FIRST_RETRY_MS; !quiet.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)) {
    try {
      await write()
      return
    } catch (error) {
      const reason = error instanceof ApiError ? error.reason : ''
      if (reason === 'NotFound' || (reason === 'Conflict' && !exists())) return
      if (reason !== 'Conflict') failed(error)
      await pause(pauseMs, quiet)
    }
  }
}
