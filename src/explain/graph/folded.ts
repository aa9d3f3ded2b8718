// Text of boxes and labels in lines of some width: broken between words, and inside of long names behind a dot, a slash or a dash.

/** Characters in a line of the picture. */
export const NARROW = 40

/** Stays in one line. */
const TIME_LEFT = /\d+ (?:days?|hours?) left/g
const HELD = '\u00a0'
const hold = (text: string): string => text.replaceAll(' ', HELD)

/** The lines; only a part that has no place to break is longer than `width`. */
export function folded(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const part of text.replace(TIME_LEFT, hold).split(/(?<=[ ./-])(?=[^ ])/)) {
    if (line !== '' && (line + part).trimEnd().length > width) {
      lines.push(line.trimEnd())
      line = part
    } else line += part
  }
  return [...lines, line.trimEnd()].map((one) => one.replaceAll(HELD, ' '))
}
