// Resource quantities (`500m`, `1Gi`, `2e3`): parsed exactly and written in the canonical form that the API stores (apimachinery resource.Quantity).

type Format = 'decimal' | 'binary' | 'exponent'

export interface Quantity {
  /** In billionths, rounded away from zero; capped at 2^63-1 whole units. */
  readonly nano: bigint
  readonly format: Format
}

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]?|[KMGTPE]i|[eE][+-]?\d{1,18})$/
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const NANO = 10n ** 9n
const MAX = (2n ** 63n - 1n) * NANO
/** More digits than this say nothing that the cap or the rounding would keep. */
const MAX_DIGITS = 1000

export const QUANTITY_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** The value of a quantity text, or undefined when it is none. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = PATTERN.exec(text)
  if (!match || text.length > MAX_DIGITS) return undefined
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match
  if (whole === '' && fraction === '') return undefined
  const digits = BigInt(`${whole}${fraction}` || '0')
  const { factor, exponent, format } = scaleOf(suffix)
  const power = 9 + exponent - fraction.length
  if (power > 60) return { nano: digits === 0n ? 0n : signed(sign, MAX), format }
  const scaled = digits * factor
  const nano =
    power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(Math.min(-power, 2000)))
  return { nano: signed(sign, nano > MAX ? MAX : nano), format }
}

/** The canonical text: no fraction, the largest suffix that loses nothing. */
export function formatQuantity({ nano, format }: Quantity): string {
  const negative = nano < 0n
  const magnitude = negative ? -nano : nano
  const text =
    format === 'binary' && magnitude >= 1024n * NANO && magnitude % NANO === 0n
      ? binaryText(magnitude / NANO)
      : decimalText(magnitude, format === 'exponent')
  return negative ? `-${text}` : text
}

/** A quantity text in canonical form, or undefined when it is none. */
export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text)
  return quantity && formatQuantity(quantity)
}

function scaleOf(suffix: string): { factor: bigint; exponent: number; format: Format } {
  const binary = BINARY.indexOf(suffix)
  if (binary > 0) return { factor: 1024n ** BigInt(binary), exponent: 0, format: 'binary' }
  const decimal = DECIMAL[suffix]
  if (decimal !== undefined) return { factor: 1n, exponent: decimal, format: 'decimal' }
  return { factor: 1n, exponent: Number(suffix.slice(1)), format: 'exponent' }
}

const signed = (sign: string, value: bigint): bigint => (sign === '-' ? -value : value)
const divideUp = (value: bigint, by: bigint): bigint => (value + by - 1n) / by

function binaryText(value: bigint): string {
  let rest = value
  let step = 0
  while (rest % 1024n === 0n && step < BINARY.length - 1) {
    rest /= 1024n
    step++
  }
  return `${rest}${BINARY[step]}`
}

function decimalText(nano: bigint, asExponent: boolean): string {
  if (nano === 0n) return '0'
  let rest = nano
  let exponent = -9
  while (rest % 1000n === 0n && exponent < 18) {
    rest /= 1000n
    exponent += 3
  }
  if (asExponent) return exponent === 0 ? `${rest}` : `${rest}e${exponent}`
  const suffix = Object.keys(DECIMAL).find((key) => DECIMAL[key] === exponent) ?? ''
  return `${rest}${suffix}`
}
