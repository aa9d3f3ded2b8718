// `pods/log`: the stored lines by the query's rules, then the live ones.
import type { LogOptions } from '../options.ts'
import type { LogFile } from './log-file.ts'
import { type LogLine, printLogLine } from './log-line.ts'

/** Lines within sinceSeconds/sinceTime, then the last tailLines of them. `now` in ms. */
export function selectLines(lines: readonly LogLine[], options: LogOptions, now: number): readonly LogLine[] {
  const since =
    options.sinceTime ?? (options.sinceSeconds === undefined ? undefined : now - options.sinceSeconds * 1000)
  const from = typeof since === 'string' ? Date.parse(since) : since
  const recent = from === undefined ? lines : lines.filter((line) => Date.parse(line.time) >= from)
  if (options.tailLines === undefined) return recent
  return options.tailLines === 0 ? [] : tail(recent, options.tailLines)
}

/** Counts whole lines; pieces of a line stay together. */
function tail(lines: readonly LogLine[], count: number): readonly LogLine[] {
  let left = count
  for (let index = lines.length - 1; index >= 0; index--) {
    // The end of an earlier line: everything after it is a line of its own.
    if (lines[index]?.full && index < lines.length - 1 && --left === 0) return lines.slice(index + 1)
  }
  return lines
}

/** The bytes that a client gets. With `follow` it goes on until the container ends or the iteration is ended (`return`, at any moment). */
export function streamLog(log: LogFile, options: LogOptions, now: number): AsyncIterableIterator<Uint8Array> {
  const print = (line: LogLine) => printLogLine(line, options.timestamps ?? false)
  let budget = options.limitBytes ?? Number.POSITIVE_INFINITY
  let ended = !options.follow
  let wake: () => void = () => undefined
  const queue: Uint8Array[] = []
  const push = (text: string): void => {
    const bytes = Buffer.from(text)
    const part = bytes.subarray(0, Math.min(bytes.length, budget))
    budget -= part.length
    if (part.length > 0) queue.push(part)
    if (budget <= 0) finish()
    wake()
  }
  const finish = (): void => {
    ended = true
    stop()
    wake()
  }
  // Read first, then subscribe, in one go: nothing is lost or doubled in between.
  let stop: () => void = () => undefined
  push(selectLines(log.read(), options, now).map(print).join(''))
  if (!ended) stop = log.follow((line) => (line === 'end' ? finish() : push(print(line))))
  if (ended) stop()
  return {
    next: async () => {
      for (;;) {
        const value = queue.shift()
        if (value !== undefined) return { value, done: false }
        if (ended) return { value: undefined, done: true }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    return: async () => {
      queue.length = 0
      finish()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
