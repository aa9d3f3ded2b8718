// How large a message head may be.

/** Bytes of a whole head and number of header lines; 0 means no limit. */
export interface HeadLimits {
  readonly maxBytes: number
  readonly maxHeaders: number
}

/** True when so many bytes of a head are over the limit. */
export function tooManyBytes({ maxBytes }: HeadLimits, bytes: number): boolean {
  return maxBytes > 0 && bytes > maxBytes
}

/** True when so many header lines are over the limit. */
export function tooManyHeaders({ maxHeaders }: HeadLimits, lines: number): boolean {
  return maxHeaders > 0 && lines > maxHeaders
}
