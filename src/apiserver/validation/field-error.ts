// Field errors: how they are made, printed, and turned into the Status of a 422. The texts are those of apimachinery's field package.
import { ApiError } from '../client.ts'
import type { FieldError } from '../kind.ts'
import { goQuote } from './go-quote.ts'

const LABEL: Readonly<Record<FieldError['type'], string>> = {
  Required: 'Required value',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Duplicate: 'Duplicate value',
  Forbidden: 'Forbidden',
  TooLong: 'Too long',
  TooMany: 'Too many',
  TypeInvalid: 'Invalid value',
  NotFound: 'Not found',
}
const WITHOUT_VALUE: ReadonlySet<FieldError['type']> = new Set(['Required', 'Forbidden', 'TooLong'])

export const required = (field: string, detail = ''): FieldError => ({ field, type: 'Required', detail })
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  field,
  type: 'Invalid',
  value,
  detail,
})
export const forbidden = (field: string, detail: string): FieldError => ({ field, type: 'Forbidden', detail })
export const duplicate = (field: string, value: unknown): FieldError => ({ field, type: 'Duplicate', value })
export const notFound = (field: string, value: unknown): FieldError => ({ field, type: 'NotFound', value })
/** The supported values are listed in the order given. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  field,
  type: 'NotSupported',
  value,
  detail: `supported values: ${supported.map(goQuote).join(', ')}`,
})
export const tooLong = (field: string, maxBytes: number): FieldError => ({
  field,
  type: 'TooLong',
  detail: `may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`,
})
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  field,
  type: 'TooMany',
  value: actual,
  detail: `must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
})

/** What follows the path: `Invalid value: "x": must be …`. Strings are Go-quoted, objects are JSON. */
export function fieldErrorBody(error: FieldError): string {
  const value = WITHOUT_VALUE.has(error.type) || error.value === undefined ? '' : `: ${printed(error.value)}`
  return `${LABEL[error.type]}${value}${error.detail ? `: ${error.detail}` : ''}`
}

/** `spec.ports[0].port: Required value`. */
export function formatFieldError(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`
}

/** One error as it is, several in brackets, duplicates once (as a Go aggregate prints). */
export function formatFieldErrors(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(formatFieldError))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

/** The causes of a 422 Status; kubectl prints these and not the message. */
export function causesOf(
  errors: readonly FieldError[],
): readonly { readonly reason: string; readonly message: string; readonly field: string }[] {
  return errors.map((error) => ({
    reason: `FieldValue${error.type}`,
    message: fieldErrorBody(error),
    field: error.field,
  }))
}

/** The 422 for an object: `Ingress.networking.k8s.io "x" is invalid: …`, with details and causes. */
export function invalidObject(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  const message = `${qualified} ${goQuote(name)} is invalid${errors.length > 0 ? `: ${formatFieldErrors(errors)}` : ''}`
  return new ApiError(422, 'Invalid', message, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Invalid',
    details: {
      ...(name === '' ? {} : { name }),
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.kind,
      causes: causesOf(errors),
    },
    code: 422,
  })
}

function printed(value: unknown): string {
  if (typeof value === 'string') return goQuote(value)
  return JSON.stringify(value) ?? 'null'
}
