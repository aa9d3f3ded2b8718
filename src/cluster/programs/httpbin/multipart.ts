// multipart/form-data (RFC 7578), as far as httpbin shows it.

export interface Part {
  readonly name: string
  readonly filename?: string
  readonly type: string
  readonly content: Buffer
}

/** The parts between boundaries; what is malformed is left out. */
export function parseMultipart(body: Buffer, boundary: string): Part[] {
  const delimiter = Buffer.from(`--${boundary}`)
  const parts: Part[] = []
  let start = body.indexOf(delimiter)
  while (start >= 0) {
    const from = start + delimiter.length
    const end = body.indexOf(delimiter, from)
    if (end < 0) break
    const part = parsePart(body.subarray(from, end))
    if (part) parts.push(part)
    start = end
  }
  return parts
}

function parsePart(bytes: Buffer): Part | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = bytes.subarray(0, headEnd).toString()
  const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(head)?.[1]
  const name = /\bname="([^"]*)"/.exec(disposition ?? '')?.[1]
  if (name === undefined) return undefined
  const filename = /\bfilename="([^"]*)"/.exec(disposition ?? '')?.[1]
  const type = /^content-type:\s*(.*)$/im.exec(head)?.[1]?.trim() ?? ''
  // The last line break belongs to the boundary.
  const content = bytes.subarray(headEnd + 4, Math.max(headEnd + 4, bytes.length - 2))
  return { name, type, content, ...(filename === undefined ? {} : { filename }) }
}
