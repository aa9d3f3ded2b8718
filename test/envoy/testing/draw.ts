// Pieces that all drawn values are made of.
import fc from 'fast-check'

/** There or not. */
export const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
/** There once in `times`. */
export const rarely = <T>(arbitrary: fc.Arbitrary<T>, times = 8) =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
/** This value but once in `times`. */
export const mostly = <T>(value: T, arbitrary: fc.Arbitrary<T>, times = 8) =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(value) }, { weight: 1, arbitrary })
/** One of these. */
export const pick = <const T>(...values: readonly T[]) => fc.constantFrom(...values)
/** Without keys whose value is undefined: the model's optional fields are absent or set. */
export function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never
}

/** Drawn values come from no file. */
export const origin = {}
