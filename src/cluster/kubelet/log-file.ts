// One container's log: appended to a file that is rotated, read back by `kubectl logs`, followed live.
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { formatLogLine, type LogLine, logTime, parseLogLine } from './log-line.ts'

const ROTATE_BYTES = 10 * 1024 * 1024
/** Longer lines are stored in pieces. */
const PIECE = 16 * 1024

type Stream = LogLine['stream']

/** The log of one run of a container. Writes are synchronous: what was said before a crash is there after it. */
export class LogFile {
  readonly path: string
  readonly #now: () => number
  readonly #listeners = new Set<(line: LogLine | 'end') => void>()
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  readonly #rests = { stdout: '', stderr: '' }
  readonly #gathered: string[] = []
  #file: number | undefined
  #size = 0
  #ended = false

  constructor(path: string, now: () => number) {
    this.path = path
    this.#now = now
  }

  append(stream: Stream, chunk: Uint8Array): void {
    const text = this.#rests[stream] + this.#decoders[stream].write(Buffer.from(chunk))
    const lines = text.split('\n')
    let rest = lines.pop() ?? ''
    const out = lines.flatMap((line) => this.#pieces(stream, line))
    while (rest.length > PIECE) {
      out.push(this.#line(stream, rest.slice(0, PIECE), false))
      rest = rest.slice(PIECE)
    }
    this.#rests[stream] = rest
    this.#write(out)
  }

  /** A whole line from the engine, of which there may be thousands in a moment: written together when the moment is over. */
  line(text: string): void {
    if (this.#gathered.length === 0) setImmediate(() => this.#flush())
    this.#gathered.push(text)
  }

  /** No more will come: followers end. */
  end(): void {
    if (this.#ended) return
    this.#flush()
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#rests[stream] + this.#decoders[stream].end()
      if (rest !== '') this.#write([this.#line(stream, rest, false)])
    }
    this.#ended = true
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    for (const listener of this.#listeners) listener('end')
    this.#listeners.clear()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Everything that is stored, oldest first. */
  read(): LogLine[] {
    this.#flush()
    return readLogFile(this.path)
  }

  /** Called for each line after this moment, and with `end` once. */
  follow(listener: (line: LogLine | 'end') => void): () => void {
    if (this.#ended) listener('end')
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #flush(): void {
    const texts = this.#gathered.splice(0)
    this.#write(texts.flatMap((text) => this.#pieces('stdout', text)))
  }

  #pieces(stream: Stream, text: string): LogLine[] {
    const pieces: LogLine[] = []
    let rest = text
    for (; rest.length > PIECE; rest = rest.slice(PIECE))
      pieces.push(this.#line(stream, rest.slice(0, PIECE), false))
    return [...pieces, this.#line(stream, rest, true)]
  }

  #line(stream: Stream, text: string, full: boolean): LogLine {
    return { time: logTime(this.#now()), stream, full, text }
  }

  #write(lines: readonly LogLine[]): void {
    if (lines.length === 0 || this.#ended) return
    const text = lines.map(formatLogLine).join('')
    try {
      if (this.#size > ROTATE_BYTES) this.#rotate()
      this.#file ??= this.#open()
      writeSync(this.#file, text)
      this.#size += Buffer.byteLength(text)
    } catch {
      // A full disk costs log lines, never the container.
    }
    for (const line of lines) for (const listener of this.#listeners) listener(line)
  }

  #open(): number {
    mkdirSync(dirname(this.path), { recursive: true })
    return openSync(this.path, 'a')
  }

  #rotate(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    this.#size = 0
    renameSync(this.path, `${this.path}.1`)
  }
}

/** The stored lines of a log with its rotated part; none when there is no file. */
export function readLogFile(path: string): LogLine[] {
  return [`${path}.1`, path].flatMap((one) => {
    try {
      return readFileSync(one, 'utf8')
        .split('\n')
        .flatMap((line) => parseLogLine(line) ?? [])
    } catch {
      return []
    }
  })
}

/** Deletes a log with its rotated part. */
export function removeLogFile(path: string): void {
  rmSync(path, { force: true })
  rmSync(`${path}.1`, { force: true })
}
