// How the provider's command line prints: messages, tables, `Key:   value` lists, JSON.

/** Collects what a command prints, and knows whether it was asked to be quiet or to speak JSON. */
export class Output {
  stdout = ''
  stderr = ''

  line(text = ''): void {
    this.stdout += `${text}\n`
  }

  /** `FAILED` and the reason, as all commands fail. */
  failed(reason: string): void {
    this.stderr += `FAILED\n${reason}\n`
  }

  /** A value as JSON, indented by four as the provider's. */
  json(value: unknown): void {
    this.line(JSON.stringify(value, null, 4))
  }
}

/** Columns padded with spaces to the widest cell and three more. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}

/** `Key:` lines with the values in one column; an empty key makes an empty line. */
export function keyValues(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([key]) => key.length)) + 4
  return pairs.map(([key, value]) => (key === '' ? '' : `${`${key}:`.padEnd(width)}${value}`)).join('\n')
}
