// Bytes to text, one character a byte.

interface Slicing {
  latin1Slice?: (start: number, end: number) => string
}

/** The text of bytes[start, end). Node's own method for it, without the checks of toString, where it is there. */
export function latin1(bytes: Buffer, start: number, end: number): string {
  const { latin1Slice } = bytes as unknown as Slicing
  return latin1Slice === undefined
    ? bytes.toString('latin1', start, end)
    : latin1Slice.call(bytes, start, end)
}
