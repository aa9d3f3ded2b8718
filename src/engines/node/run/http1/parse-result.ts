// What a reader of bytes answers when it has no index to give.

/** The input is used up, and what is read from it is not whole. */
export const NEED_MORE = -1
/** The input breaks a rule: the reader's `fault` says which. */
export const FAILED = -2
