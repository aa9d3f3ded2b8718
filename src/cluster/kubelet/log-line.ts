// The format of log files (CRI): `<RFC 3339> <stream> <F|P> <text>`; P marks a piece of a line.

export interface LogLine {
  /** RFC 3339 with nanoseconds. */
  readonly time: string
  readonly stream: 'stdout' | 'stderr'
  /** False: the line goes on in the next piece. */
  readonly full: boolean
  readonly text: string
}

/** The line as stored, newline included. */
export function formatLogLine(line: LogLine): string {
  return `${line.time} ${line.stream} ${line.full ? 'F' : 'P'} ${line.text}\n`
}

/** The reverse; undefined for what is no log line (a piece cut by a crash). */
export function parseLogLine(stored: string): LogLine | undefined {
  const match = /^(\S+) (stdout|stderr) ([FP]) (.*)$/s.exec(stored)
  if (!match) return undefined
  const [, time = '', stream, tag, text = ''] = match
  return { time, stream: stream === 'stderr' ? 'stderr' : 'stdout', full: tag === 'F', text }
}

/** What a reader of the log gets for a line. */
export function printLogLine(line: LogLine, timestamps: boolean): string {
  return `${timestamps ? `${line.time} ` : ''}${line.text}${line.full ? '\n' : ''}`
}

/** Milliseconds since the epoch as RFC 3339 with nine digits. */
export function logTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000000Z`
}
