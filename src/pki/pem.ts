// PEM text (RFC 7468): blocks with their places in the text, and encoding.

/** One block: what it says it is, its bytes, and where in the text it stands (end exclusive, after the END line). */
export interface PemBlock {
  readonly label: string
  readonly der: Buffer
  readonly start: number
  readonly end: number
}

/** Every well-formed block of a text, in order; text between blocks is skipped, as OpenSSL does. `broken` names the first block that is not well-formed. */
export function pemBlocks(text: string): { readonly blocks: readonly PemBlock[]; readonly broken?: string } {
  const blocks: PemBlock[] = []
  const begin = /^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?$/gm
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const label = match[1] ?? ''
    const footer = `-----END ${label}-----`
    const foot = text.indexOf(footer, begin.lastIndex)
    if (foot < 0) return { blocks, broken: `the ${label} block has no end` }
    const body = text.slice(begin.lastIndex, foot)
    const end = foot + footer.length
    if (body.includes('-----')) return { blocks, broken: `the ${label} block has no end` }
    const headers = /^\s*(Proc-Type|DEK-Info):/m.test(body)
    const base64 = body.replace(/\s+/g, '')
    if (headers) blocks.push({ label: `ENCRYPTED ${label}`, der: Buffer.alloc(0), start: match.index, end })
    else if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0)
      return { blocks, broken: `the ${label} block is not base64` }
    else blocks.push({ label, der: Buffer.from(base64, 'base64'), start: match.index, end })
    begin.lastIndex = end
  }
  return { blocks }
}

/** One block with lines of 64 characters and a newline at the end. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
