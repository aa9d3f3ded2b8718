// Where a decoder stands in a value, and how it words a value of the wrong type.
import { GoError } from './go-error.ts'

export interface Place {
  /** From the root, with indexes and map keys. */
  readonly path: (string | number)[]
  /** Field names only, as Go's type errors print them. */
  readonly fields: string[]
  /** The innermost struct whose field is being decoded. */
  struct: string | undefined
  /** Paths of unknown fields found so far. */
  readonly unknown: string[]
}

export const newPlace = (): Place => ({ path: [], fields: [], struct: undefined, unknown: [] })

/** `json: cannot unmarshal number into Go struct field ServicePort.spec.ports.name of type string`. */
export function typeError(value: unknown, goName: string, place: Place, shown = jsonKind(value)): GoError {
  const into = place.struct === undefined ? 'value' : `struct field ${place.struct}.${place.fields.join('.')}`
  return new GoError(`json: cannot unmarshal ${shown} into Go ${into} of type ${goName}`)
}

/** A JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
