// What a controller is, and how one is run: informers feed keys to a queue, `sync` brings one key in order.
import type { ApiClient } from '../../apiserver/client.ts'
import { ApiError } from '../../apiserver/client.ts'
import type { Informers } from './informers.ts'
import { WorkQueue } from './work-queue.ts'

/** What every controller gets. */
export interface ControllerContext {
  readonly client: ApiClient
  readonly informers: Informers
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** A sync failed for another reason than a race; it is retried. */
  readonly failed: (controller: string, key: string, error: unknown) => void
}

export interface Controller {
  close(): Promise<void>
}

/** Starts a controller: `watch` subscribes to informers and hands keys to `add`; `sync` may return ms after which to look again. */
export async function runController(
  name: string,
  context: ControllerContext,
  parts: {
    readonly watch: (add: (key: string) => void) => Promise<readonly (() => void)[]>
    readonly sync: (key: string) => Promise<number | undefined>
    readonly concurrency?: number
  },
): Promise<Controller> {
  const queue = new WorkQueue({
    work: parts.sync,
    failed: (key, error) => {
      if (!isRace(error)) context.failed(name, key, error)
    },
    ...(parts.concurrency === undefined ? {} : { concurrency: parts.concurrency }),
  })
  const stops = await parts.watch((key) => queue.add(key))
  return {
    close: async () => {
      for (const stop of stops) stop()
      await queue.close()
    },
  }
}

/** Conflicts and vanished objects are what concurrent controllers meet every day: retried, not reported. */
export function isRace(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.reason === 'Conflict' || error.reason === 'NotFound' || error.reason === 'AlreadyExists')
  )
}

/** Runs a write, taking one of the named API errors for success. */
export async function tolerate(reason: 'NotFound' | 'AlreadyExists', write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === reason)) throw error
  }
}
