// What an authorizer's answer does to a request, whichever protocol it came by.
import { STATUS_CODES } from 'node:http'
import { holdsControl, isFieldName } from '../../../lower/field-text.ts'
import type { ExtAuthzPlan } from '../../../lower/filters/ext-authz.ts'
import type { RequestContext } from '../request-context.ts'
import type { FilterOutcome } from './filter-outcome.ts'

type Header = readonly [name: string, value: string]

/** Fields that say where a message ends or who it is for: an answer does not change them. */
export const FRAMING: readonly string[] = ['content-length', 'transfer-encoding', 'connection', 'host']

const isFit = ([name, value]: Header): boolean =>
  isFieldName(name) && !FRAMING.includes(name) && !holdsControl(value)

/** The authorizer did not answer, or not as one: closed, or open when the user wants that. */
export function withoutAnswer({ authorizer: { failOpen, statusOnError } }: ExtAuthzPlan): FilterOutcome {
  return failOpen ? undefined : { reply: { status: statusOnError, flag: 'UAEX', details: 'ext_authz_error' } }
}

export interface Leave {
  /** For the request: in place of what is there, or beside it. */
  readonly request: readonly (readonly [name: string, value: string, add: boolean])[]
  readonly remove: readonly string[]
  /** For the client. */
  readonly response: readonly Header[]
}

/** The request goes on, as the authorizer wants it. */
export function allowed(context: RequestContext, { request, remove, response }: Leave): FilterOutcome {
  const { headers } = context.head
  for (const [name, value, add] of request) {
    if (isFit([name, value])) headers[add ? 'add' : 'set'](name, value)
  }
  for (const name of remove) if (!FRAMING.includes(name)) headers.remove(name)
  const fit = response.filter(isFit)
  return fit.length === 0 ? undefined : { responseHeaders: fit }
}

/** A refusal in the authorizer's words. */
export function denied(status: number, headers: readonly Header[], body: string): FilterOutcome {
  return {
    reply: {
      // What is no status of a final answer cannot be passed on.
      status: STATUS_CODES[status] !== undefined && status >= 200 ? status : 403,
      body,
      headers: headers.filter(isFit),
      flag: 'UAEX',
      details: 'ext_authz_denied',
    },
  }
}
