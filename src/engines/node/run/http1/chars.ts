// Character classes of RFC 9110 and RFC 9112 as tables indexed by byte, and the length of a method.

export const CR = 13
export const LF = 10
export const SP = 32
export const HTAB = 9
export const COLON = 58

/** Bytes of the longest method that is taken. */
export const MAX_METHOD = 32

/** For a byte of a token (RFC 9110 section 5.6.2) its lower-case form, else 0. */
export const TOKEN_LOWER = new Uint8Array(256)
/** 1 for a byte that may stand in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 section 5.5). */
export const FIELD_VALUE = new Uint8Array(256)
/** 1 for a byte that may stand in a request target: visible ASCII but `#`. */
export const TARGET = new Uint8Array(256)
/** The value of a hexadecimal digit plus one, else 0. */
export const HEX = new Uint8Array(256)

for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
  TOKEN_LOWER[char.charCodeAt(0)] = char.charCodeAt(0)
}
for (let upper = 65; upper <= 90; upper++) TOKEN_LOWER[upper] = upper + 32
FIELD_VALUE[HTAB] = 1
for (let byte = 32; byte < 256; byte++) if (byte !== 127) FIELD_VALUE[byte] = 1
for (let byte = 33; byte < 127; byte++) TARGET[byte] = 1
// A fragment is never sent (RFC 9112 section 3.2): who cuts it off and who does not would see two paths.
TARGET[35] = 0
for (let value = 0; value < 16; value++) {
  HEX[value.toString(16).charCodeAt(0)] = value + 1
  HEX[value.toString(16).toUpperCase().charCodeAt(0)] = value + 1
}
