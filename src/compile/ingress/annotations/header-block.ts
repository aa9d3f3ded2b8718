// The block grammar of header annotations: `serviceName=x {`, a line per header ending in `;`, `}` on a line of its own.
import type { AnnotationFault } from '../settings.ts'

export interface Block {
  readonly services: readonly string[]
  readonly lines: readonly string[]
}

/** All blocks of a value; text outside of blocks is a fault. */
export function readBlocks(text: string): {
  readonly blocks: readonly Block[]
  readonly faults: readonly AnnotationFault[]
} {
  const blocks: Block[] = []
  const faults: AnnotationFault[] = []
  let open: { services: readonly string[]; lines: string[] } | undefined
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    const head = /^serviceName=([^\s{]+)\s*\{$/.exec(line)?.[1]
    if (head !== undefined && open === undefined) open = { services: head.split(','), lines: [] }
    else if (line === '}' && open !== undefined) {
      blocks.push(open)
      open = undefined
    } else if (open !== undefined && line.endsWith(';')) open.lines.push(line.slice(0, -1).trim())
    else if (line !== '')
      faults.push({
        message: `line "${line}" is none of "serviceName=<service> {", "<header>;" and "}"; it is left out.`,
      })
  }
  if (open !== undefined)
    faults.push({
      message: `the block of ${open.services.join(',')} is not closed with "}"; it is left out.`,
    })
  return { blocks, faults }
}

export const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)
