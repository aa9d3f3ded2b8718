// Text for terminals: how parts are marked, and how long lines are broken under their label.

/** How parts of the text are marked. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

const identity = (text: string): string => text
/** No marks, for a pipe. */
export const plain: Paint = { bold: identity, dim: identity, good: identity, bad: identity }

/** Width of the labels in front of values. */
export const LABEL = 12

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
const COLOUR = /\x1b\[[0-9;]*m/g
const visible = (text: string): number => text.replaceAll(COLOUR, '').trimEnd().length

/** A label and what follows it up to the value: `     listener     `, `  change  `. */
const LEAD = /^(?: {5}.{13}| {2}[a-z]+ +)/

/** One line as several of at most `width` columns, later ones under the first value; words stay whole. */
export function paragraph(text: string, width: number | undefined): string {
  if (width === undefined || visible(text) <= width) return text
  const [lead = ''] = LEAD.exec(text) ?? []
  const indent = ' '.repeat(lead.length || 2)
  const lines: string[] = []
  let current = lead
  for (const word of text.slice(lead.length).split(/(?<= )(?! )/)) {
    // A word that is too long for every line stays beside its label.
    if (visible(current + word) > width && current !== lead && current !== indent) {
      lines.push(current.trimEnd())
      current = indent + word
    } else current += word
  }
  return [...lines, current].join('\n')
}
