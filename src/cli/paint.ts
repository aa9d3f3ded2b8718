// Colours for what is explained at a terminal; none for a pipe or with NO_COLOR.
import pc from 'picocolors'
import { noPaint, type Paint } from '../explain/render-trace.ts'

export function paint(): Paint {
  if (!process.stdout.isTTY || process.env['NO_COLOR']) return noPaint
  return { bold: pc.bold, dim: pc.dim, good: pc.green, bad: pc.red }
}
