// Colours for what is explained at a terminal; none for a pipe or with NO_COLOR.
import pc from 'picocolors'
import { type Paint, paragraph, plain } from '../explain/paint.ts'
import type { TraceStyle } from '../explain/render-trace.ts'

export function paint(): Paint {
  if (!process.stdout.isTTY || process.env['NO_COLOR']) return plain
  return { bold: pc.bold, dim: pc.dim, good: pc.green, bad: pc.red }
}

/** How traces are shown: coloured and broken at the terminal's edge, or for a pipe as they are. */
export function traceStyle(): TraceStyle {
  const { isTTY, columns } = process.stdout
  return { paint: paint(), ...(isTTY && columns > 40 ? { width: columns } : {}) }
}

/** Text with its lines broken at the terminal's edge. */
export const wrapped = (text: string): string =>
  text
    .split('\n')
    .map((line) => paragraph(line, traceStyle().width))
    .join('\n')
