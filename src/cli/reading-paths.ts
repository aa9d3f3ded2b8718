// A path after -f that cannot be read: the command was typed wrongly.
import { UsageError } from '../control/user-error.ts'

/** What `read` reads. Throws UsageError in the place of the system's error for a path. */
export async function readingPaths<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof Error && 'path' in error)) throw error
    throw new UsageError(
      `${error.path} cannot be read: ${error.message}`,
      'Correct the path after -f.',
      error,
    )
  }
}
