// The query parameters of get, list and watch, and which combinations make sense.
import type { FieldError } from '../kind.ts'
import { badRequest, invalidOptions } from '../status-error.ts'
import { forbidden, invalid, notSupported } from '../validation/field-error.ts'

/** meta/v1 ListOptions. */
export interface ListOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  /** Undefined: the latest. */
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: string
  readonly timeoutSeconds?: number
  readonly allowWatchBookmarks?: boolean
  readonly sendInitialEvents?: boolean
}

/** Reads them from a query. Throws 400 for numbers and booleans that are none. */
export function listOptions(query: URLSearchParams): ListOptions {
  const text = (key: string): string | undefined => query.get(key) || undefined
  const options: Record<string, unknown> = {
    labelSelector: text('labelSelector'),
    fieldSelector: text('fieldSelector'),
    limit: number(query, 'limit'),
    continue: text('continue'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    timeoutSeconds: number(query, 'timeoutSeconds'),
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks'),
    sendInitialEvents: flag(query, 'sendInitialEvents'),
  }
  for (const key of Object.keys(options)) if (options[key] === undefined) delete options[key]
  return options as ListOptions
}

/** A boolean parameter; an empty value counts as true, as in Go's query conversion. Throws 400. */
export function flag(query: URLSearchParams, key: string): boolean | undefined {
  const value = query.get(key)
  if (value === null) return undefined
  return value !== 'false' && value !== '0'
}

/** A whole number parameter. Throws 400. */
export function number(query: URLSearchParams, key: string): number | undefined {
  const value = query.get(key)
  if (value === null || value === '') return undefined
  if (!/^-?\d{1,15}$/.test(value)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax (parameter ${key})`)
  }
  return Number(value)
}

/** Throws 422 for combinations that the API refuses (apimachinery ValidateListOptions). */
export function checkListOptions(options: ListOptions, watch: boolean): void {
  const errors =
    watch && options.sendInitialEvents !== undefined ? watchListErrors(options) : matchErrors(options, watch)
  if (errors.length > 0) throw invalidOptions('ListOptions', errors)
}

function matchErrors(options: ListOptions, watch: boolean): FieldError[] {
  const match = options.resourceVersionMatch
  if (options.sendInitialEvents !== undefined) {
    return [forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')]
  }
  if (match === undefined) return []
  if (watch)
    return [
      forbidden(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ),
    ]
  const errors: FieldError[] = []
  if (options.resourceVersion === undefined) {
    errors.push(
      forbidden(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden unless resourceVersion is provided',
      ),
    )
  }
  if (options.continue !== undefined) {
    errors.push(
      forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'),
    )
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']))
  }
  if (match === 'Exact' && options.resourceVersion === '0') {
    errors.push(
      forbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    )
  }
  return errors
}

function watchListErrors(options: ListOptions): FieldError[] {
  const errors: FieldError[] = []
  const match = options.resourceVersionMatch
  if (match === undefined) {
    errors.push(
      forbidden(
        'resourceVersionMatch',
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    )
  } else if (match !== 'NotOlderThan') {
    errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']))
  }
  if (options.continue !== undefined) {
    errors.push(forbidden('continue', 'sendInitialEvents and continue may not be used together'))
  }
  return errors
}

/** A resourceVersion parameter as a revision. Throws 400 or 422. */
export function revisionOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw invalidOptions('ListOptions', [
      invalid('resourceVersion', text, 'must be a non-negative whole number'),
    ])
  }
  return Number(text)
}
