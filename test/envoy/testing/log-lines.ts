// The access-log lines of one engine, told apart by when their requests began: those of other requests (an update's probes, what a client gave up) are left behind.

const PATIENCE_MS = 10_000

export type LogLine = Readonly<Record<string, string | number | null>>

interface Expected {
  readonly since: number
  readonly came: (line: LogLine) => void
}

export class LogLines {
  #expected: Expected[] = []

  put(text: string): void {
    const line = JSON.parse(text) as LogLine
    // About a connection that came to no request, which may be told after the client has gone on.
    if ((line['method'] ?? '-') === '-') return
    const began = Date.parse(String(line['start_time']))
    this.#expected.findLast(({ since }) => since <= began)?.came(line)
  }

  /** The line of the request that begins at that time or later, and before the next that is expected. Undefined: none came. */
  expect(since: number): Promise<LogLine | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
      const came = (line: LogLine): void => {
        clearTimeout(timer)
        resolve(line)
      }
      this.#expected.push({ since, came })
    })
  }

  /** Nothing is waited for any more. */
  forget(): void {
    this.#expected = []
  }
}

/** Logs tell milliseconds, from clocks of which one may be almost another millisecond behind. */
const UNSURE_MS = 2

/** A moment before which every earlier request began, and no later one by the clocks of the logs. */
export async function freshMoment(): Promise<number> {
  const before = Date.now()
  while (Date.now() < before + 2 * UNSURE_MS) await new Promise((resolve) => setTimeout(resolve, 1))
  return before + UNSURE_MS
}
